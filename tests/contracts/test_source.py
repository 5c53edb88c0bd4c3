"""An error in a file is drawn with its line and a caret, and is one record of a report."""

from __future__ import annotations

import pytest

from streamproof.contracts.schema import load_schema
from streamproof.contracts.source.document import did_you_mean, load_yaml, validate_document

SCHEMA = """{
  "type": "object",
  "additionalProperties": false,
  "required": ["name"],
  "properties": {
    "name": {"type": "string"},
    "events": {"type": "array", "items": {
      "type": "object",
      "additionalProperties": false,
      "properties": {"event": {"type": "string"}, "delay_ms": {"type": "number", "minimum": 0}}
    }}
  }
}"""


@pytest.fixture
def schema(tmp_path):
    path = tmp_path / "case.schema.json"
    path.write_text(SCHEMA, "utf-8")
    return load_schema(path)


def test_all_errors_of_a_file_come_in_its_order(schema):
    document = load_yaml(
        "events:\n  - evnt: done\n  - delay_ms: fourty\nnmae: x\n", file="case.yaml"
    )

    errors = validate_document(document, schema)

    assert [str(error) for error in errors] == [
        "case.yaml:1:1: missing key 'name'",
        "case.yaml:2:5: events[0].evnt: unknown key 'evnt'",
        "case.yaml:3:15: events[1].delay_ms: wanted a number, got 'fourty'",
        "case.yaml:4:1: nmae: unknown key 'nmae'",
    ]
    assert [error.help for error in errors] == [
        None,
        "did you mean 'event'?",
        None,
        "did you mean 'name'?",
    ]


def test_an_error_is_drawn_with_a_caret(schema):
    document = load_yaml("name: x\nevents:\n  - delay_ms: fourty\n", file="case.yaml")

    assert validate_document(document, schema)[0].render() == (
        "error[type]: events[0].delay_ms: wanted a number, got 'fourty'\n"
        " --> case.yaml:3:15\n"
        "  |\n"
        "3 |   - delay_ms: fourty\n"
        "  |               ^^^^^^"
    )


def test_help_stands_below(schema):
    document = load_yaml("name: x\nevnts: []\n", file="case.yaml")

    assert (
        validate_document(document, schema)[0].render().endswith(" = help: did you mean 'events'?")
    )


def test_an_error_is_one_record(schema):
    document = load_yaml("name: 5\n", file="case.yaml")

    assert validate_document(document, schema)[0].as_json() == {
        "file": "case.yaml",
        "line": 1,
        "col": 7,
        "endLine": 1,
        "endCol": 8,
        "code": "type",
        "message": "name: wanted text, got 5",
        "help": None,
    }


def test_of_many_errors_the_last_says_how_many_are_not_shown(schema):
    document = load_yaml("name: x\nevents: [" + ", ".join(["5"] * 150) + "]\n")

    *shown, last = validate_document(document, schema)
    assert len(shown) == 100
    assert (last.message, last.code) == ("50 more errors from here on", "too-many")


@pytest.mark.parametrize(
    ("line", "drawn"),
    [
        pytest.param("a: é b", "   ^^^", id="narrow"),
        pytest.param("日本: x", "      ^", id="wide characters take two columns"),
        pytest.param("e\u0301: x", "   ^", id="combining characters take none"),
        pytest.param("a:\tx", "   ^", id="a tab takes one"),
    ],
)
def test_the_caret_stands_under_its_place_on_a_terminal(line, drawn):
    document = load_yaml(line)
    key = next(iter(document.value))

    assert document.error((key,), "message").render().splitlines()[-1] == f"  | {drawn}"


def test_a_long_line_is_cut_around_the_place():
    document = load_yaml(f"a: {'x' * 500}\nb: [{'y, ' * 300}z]")
    lines = document.error(("b", 300), "message").render().splitlines()

    assert lines[-2].endswith("y, z]")
    assert lines[-2][lines[-1].index("^")] == "z"


def test_a_value_of_many_lines_is_marked_in_its_first():
    document = load_yaml("a: |\n  one\n  two\nb: 1\n")

    assert document.error(("a",), "message").render().splitlines()[-1] == "  |    ^"


@pytest.mark.parametrize(
    ("word", "help"),
    [
        ("cotent", "did you mean 'content'?"),
        ("END", "did you mean 'end'?"),
        ("xyz", None),
        ("", None),
    ],
)
def test_a_misspelt_word_is_guessed(word, help):
    assert did_you_mean(word, ["content", "sources", "end"]) == help
