"""All errors of a document are in the order of the file, each at its place."""

from __future__ import annotations

import pytest

from streamproof.contracts.schema import load_schema
from streamproof.contracts.source.document import MOST_ERRORS, validate_document
from streamproof.contracts.source.yaml_text import load_yaml

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


def test_an_unknown_key_that_is_a_misspelt_one_is_not_missing_as_well(schema):
    [error] = validate_document(load_yaml("nmae: x\n"), schema)

    assert (error.line, error.column, error.code) == (1, 1, "unknown-key")
    assert error.help == "did you mean 'name'?"


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n"])
def test_an_empty_document_is_one_error(schema, text):
    [error] = validate_document(load_yaml(text), schema)

    assert (error.line, error.column, error.message) == (1, 1, "the document is empty")


def test_all_errors_of_a_file_are_in_its_order(schema):
    document = load_yaml(
        "events:\n  - evnt: done\n  - delay_ms: fourty\nxyz: x\n", file="case.yaml"
    )

    errors = validate_document(document, schema)

    assert [(error.line, error.column, error.code, error.help) for error in errors] == [
        (1, 1, "missing-key", None),
        (2, 5, "unknown-key", "did you mean 'event'?"),
        (3, 15, "type", None),
        (4, 1, "unknown-key", "one of: name, events"),
    ]


def test_a_message_begins_with_the_path_of_its_value(schema):
    document = load_yaml("name: x\nevents:\n  - delay_ms: fourty\n")

    [error] = validate_document(document, schema)
    assert error.message == "events[0].delay_ms: wanted a number, got 'fourty'"


def test_the_last_of_many_errors_counts_those_that_are_not_shown(schema):
    document = load_yaml("name: x\nevents: [" + ", ".join(["5"] * 150) + "]\n")

    *shown, last = validate_document(document, schema)
    assert len(shown) == MOST_ERRORS
    assert (last.message, last.code) == ("50 more errors from here on", "too-many")


def test_a_file_of_mistakes_is_not_read_to_its_end(schema):
    document = load_yaml("name: x\nevents: [" + ", ".join(["5"] * 100_000) + "]\n")

    *shown, last = validate_document(document, schema)
    assert len(shown) == MOST_ERRORS
    assert last.message == "at least 900 more errors from here on"


def test_the_cost_of_an_error_does_not_grow_with_the_file(schema):
    document = load_yaml("name: x\nevents:\n" + "  - 5\n" * 30_000)

    errors = [document.error(("events", number), "wrong") for number in range(30_000)]
    assert errors[-1].line == 30_002
