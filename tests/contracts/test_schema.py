"""Schema files are loaded strictly: what they mean must not depend on a typing mistake."""

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
    ("contents", "line", "words"),
    [
        pytest.param({"requird": ["a"]}, 2, "unknown keyword 'requird'", id="a misspelt keyword"),
        pytest.param(
            {"properties": {"a": {"items": {"typ": "string"}}}},
            5,
            "unknown keyword 'typ'",
            id="deep inside",
        ),
        pytest.param({"anyOf": [{"minimun": 1}]}, 4, "'minimun'", id="in a list"),
        pytest.param({"$defs": {"a": {"enumm": []}}}, 4, "'enumm'", id="in a definition"),
        pytest.param({"type": "strin"}, 2, "'strin' is not", id="an unknown type"),
        pytest.param({"$ref": "#/$defs/nothing"}, 2, "refers to nothing", id="an open reference"),
        pytest.param(
            {"items": {"$ref": "other.json"}}, 3, "refers to nothing", id="a file that is not there"
        ),
        pytest.param(
            {"items": {"$ref": "https://example.com/x"}}, 3, "refers to nothing", id="the network"
        ),
        pytest.param(
            {"items": {"$ref": "../case.json"}}, 3, "refers to nothing", id="another folder"
        ),
    ],
)
def test_a_schema_with_a_mistake_is_refused_at_its_line(write, contents, line, words):
    with pytest.raises(SourceError, match=words) as caught:
        load_schema(write(contents))

    assert caught.value.line == line


def test_a_misspelt_keyword_is_guessed(write):
    with pytest.raises(SourceError) as caught:
        load_schema(write({"requird": ["a"]}))

    assert caught.value.help == "did you mean 'required'?"


def test_names_and_values_are_no_keywords(write):
    contents = {
        "properties": {"typ": {"const": {"requird": 1}}, "$ref": {"examples": [{"$ref": "x"}]}},
        "default": {"foo": {"$ref": "nothing"}},
    }

    assert validate({"typ": {"requird": 1}}, load_schema(write(contents))) == []


def test_a_schema_may_refer_to_others_in_its_folder(write):
    write({"$defs": {"name": {"type": "string"}}}, "names.schema.json")
    schema = load_schema(write({"items": {"$ref": "names.schema.json#/$defs/name"}}))

    assert [problem.message for problem in validate(["a", 5], schema)] == ["wanted text, got 5"]


def test_formats_are_checked(write):
    schema = load_schema(write({"format": "ipv4"}))

    assert len(validate("300.1.1.1", schema)) == 1


def test_a_definition_is_a_schema_of_its_own():
    schema = load_schema(SCHEMAS / "ai-service.schema.json")

    assert validate({"type": "end"}, schema.definition("AiClientEndResponse")) == []
    assert len(validate({"type": "end"}, schema.definition("AiClientContentResponse"))) == 2


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.name)
def test_every_schema_of_ours_is_loaded_and_bears_its_name(path):
    assert load_schema(path).contents["$id"] == path.name
