"""An error in a file is drawn with its line and a caret, and is one record of a report."""

from __future__ import annotations

import pytest

from streamproof.contracts.source.errors import SourceError
from streamproof.contracts.source.yaml_text import load_yaml

TEXT = "name: x\nevents:\n  - delay_ms: fourty\n"
PLACE = ("events", 0, "delay_ms")


def test_an_error_is_drawn_with_its_place_and_a_caret():
    error = load_yaml(TEXT, file="case.yaml").error(PLACE, "wanted a number", code="type")

    assert error.render() == (
        "error[type]: wanted a number\n"
        " --> case.yaml:3:15\n"
        "  |\n"
        "3 |   - delay_ms: fourty\n"
        "  |               ^^^^^^"
    )
    assert str(error) == "case.yaml:3:15: wanted a number"


def test_a_warning_is_drawn_as_one_at_the_key():
    warning = load_yaml(TEXT, file="case.yaml").warning(
        PLACE, "old", code="renamed-key", help="new"
    )

    assert warning.render() == (
        "warning[renamed-key]: old\n"
        " --> case.yaml:3:5\n"
        "  |\n"
        "3 |   - delay_ms: fourty\n"
        "  |     ^^^^^^^^\n"
        "  = help: new"
    )


def test_a_tab_is_drawn_as_an_arrow():
    with pytest.raises(SourceError) as caught:
        load_yaml("a:\n\tb: 1\n", file="case.yaml")

    assert caught.value.render() == (
        "error[yaml-syntax]: a tab cannot indent a line\n"
        " --> case.yaml:2:1\n"
        "  |\n"
        "2 | →b: 1\n"
        "  | ^\n"
        "  = help: use spaces"
    )


def test_control_characters_of_a_file_are_not_drawn():
    assert "\x1b" not in load_yaml("a: 1", file="\x1b[31m").error((), "message").render()


def test_an_error_is_one_record():
    error = load_yaml("name: 5\n", file="case.yaml").error(("name",), "wanted text", code="type")

    assert error.as_json() == {
        "file": "case.yaml",
        "line": 1,
        "col": 7,
        "endLine": 1,
        "endCol": 8,
        "code": "type",
        "message": "wanted text",
        "help": None,
    }


@pytest.mark.parametrize(
    ("line", "carets"),
    [
        pytest.param("a: é b", "   ^^^", id="narrow"),
        pytest.param("日本: x", "      ^", id="a wide character takes two columns"),
        pytest.param("e\u0301: x", "   ^", id="a combining character takes no column"),
        pytest.param("a:\tx", "   ^", id="a tab takes one column"),
    ],
)
def test_the_caret_is_under_its_place_on_a_terminal(line, carets):
    document = load_yaml(line)
    key = next(iter(document.value))

    assert document.error((key,), "message").render().splitlines()[-1] == f"  | {carets}"


def test_a_long_line_is_cut_around_the_place():
    document = load_yaml(f"a: {'x' * 500}\nb: [{'y, ' * 300}z]")
    lines = document.error(("b", 300), "message").render().splitlines()

    assert lines[-2].endswith("y, z]")
    assert lines[-2][lines[-1].index("^")] == "z"


def test_a_value_of_several_lines_is_marked_in_the_first():
    document = load_yaml("a: |\n  one\n  two\nb: 1\n")

    assert document.error(("a",), "message").render().splitlines()[-1] == "  |    ^"
