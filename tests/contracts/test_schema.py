"""Schema files are loaded strictly, so that a misspelt keyword cannot switch off a rule."""

from __future__ import annotations

import json

import pytest

from streamproof.contracts.contract import SCHEMAS
from streamproof.contracts.schema import load_schema
from streamproof.contracts.source.errors import SourceError
from streamproof.contracts.validation import validate


@pytest.fixture
def write(tmp_path):
    def write(contents, name="case.schema.json"):
        path = tmp_path / name
        path.write_text(json.dumps(contents, indent=2), "utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("contents", "line", "code"),
    [
        pytest.param({"requird": ["a"]}, 2, "keyword", id="a misspelt keyword"),
        pytest.param(
            {"properties": {"a": {"items": {"typ": "string"}}}}, 5, "keyword", id="deep inside"
        ),
        pytest.param({"anyOf": [{"minimun": 1}]}, 4, "keyword", id="in a list"),
        pytest.param({"$defs": {"a": {"enumm": []}}}, 4, "keyword", id="in a definition"),
        pytest.param({"type": "strin"}, 2, "schema", id="an unknown type"),
        pytest.param({"$ref": "#/$defs/nothing"}, 2, "reference", id="an open reference"),
        pytest.param({"items": {"$ref": "other.json"}}, 3, "reference", id="a missing file"),
        pytest.param({"items": {"$ref": "https://example.com/x"}}, 3, "reference", id="a URL"),
        pytest.param({"items": {"$ref": "../case.json"}}, 3, "reference", id="another folder"),
    ],
)
def test_a_mistake_in_a_schema_is_an_error_at_its_line(write, contents, line, code):
    with pytest.raises(SourceError) as caught:
        load_schema(write(contents))

    assert (caught.value.line, caught.value.code) == (line, code)


def test_the_help_names_the_keyword_that_was_meant(write):
    with pytest.raises(SourceError) as caught:
        load_schema(write({"requird": ["a"]}))

    assert caught.value.help == "did you mean 'required'?"


def test_names_and_values_are_not_keywords(write):
    contents = {
        "properties": {"typ": {"const": {"requird": 1}}, "$ref": {"examples": [{"$ref": "x"}]}},
        "default": {"foo": {"$ref": "nothing"}},
    }

    assert validate({"typ": {"requird": 1}}, load_schema(write(contents))) == []


def test_a_schema_may_refer_to_others_in_its_folder(write):
    write({"$defs": {"name": {"type": "string"}}}, "names.schema.json")
    schema = load_schema(write({"items": {"$ref": "names.schema.json#/$defs/name"}}))

    assert [problem.path for problem in validate(["a", 5], schema)] == [(1,)]


def test_formats_are_checked(write):
    schema = load_schema(write({"format": "ipv4"}))

    assert len(validate("300.1.1.1", schema)) == 1


def test_a_definition_is_a_schema():
    schema = load_schema(SCHEMAS / "ai-service.schema.json")
    end = schema.definition("AiClientEndResponse")

    assert validate({"type": "end"}, end) == []
    assert schema.definition("AiClientEndResponse") is end
    assert len(validate({"type": "end"}, schema.definition("AiClientContentResponse"))) == 2


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.name)
def test_every_shipped_schema_loads_and_has_its_file_name_as_id(path):
    assert load_schema(path).contents["$id"] == path.name


@pytest.mark.parametrize(
    ("items", "valid"),
    [
        ([1, True, "1", [1], {"a": 1}, None, [True]], True),
        ([{"a": [1, {"b": 2}]}, {"a": [1.0, {"b": 2}]}], False),
        ([1, 1.0], False),
        ([{"n": number} for number in range(50_000)], True),
    ],
    ids=["different", "equal objects", "equal numbers", "many objects"],
)
def test_duplicates_are_found_in_linear_time(write, items, valid):
    schema = load_schema(write({"uniqueItems": True}))

    assert (validate(items, schema) == []) == valid


@pytest.mark.parametrize(
    ("contents", "only_rejects"),
    [
        ({"properties": {"a": {"anyOf": [{"properties": {"b": {}}}]}}}, True),
        ({"properties": {"not": {"enum": ["oneOf"]}}}, True),
        ({"oneOf": [{"properties": {"a": {}}}, {}]}, False),
        ({"items": {"not": {"properties": {"a": {}}}}}, False),
    ],
)
def test_a_closed_schema_may_accept_what_the_open_one_rejects(write, contents, only_rejects):
    assert load_schema(write(contents)).closing_only_rejects == only_rejects
