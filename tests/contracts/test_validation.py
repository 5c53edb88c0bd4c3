"""The errors of a document are plain words, about the branch of a union that fits best."""

from __future__ import annotations

import json

import pytest

from streamproof.contracts.contract import SCHEMAS
from streamproof.contracts.schema import load_schema
from streamproof.contracts.validation import extra_keys, is_plain, validate

AI_SERVICE = load_schema(SCHEMAS / "ai-service.schema.json")
FRONTEND = load_schema(SCHEMAS / "frontend.schema.json")
SOURCE = {"id": "1", "title": "t", "content": "c"}


def problems(document, schema=AI_SERVICE):
    return [str(problem) for problem in validate(document, schema)]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        pytest.param({"type": "content", "content": "a"}, [], id="good"),
        pytest.param({"type": "end", "extra": 1}, [], id="an extra key"),
        pytest.param(
            {"type": "cotent", "content": "a"},
            ["type: unknown type 'cotent' - did you mean 'content'?"],
            id="a misspelt type",
        ),
        pytest.param(
            {"type": "xyz"},
            ["type: unknown type 'xyz' - one of: content, sources, end"],
            id="an unknown type",
        ),
        pytest.param(
            {"type": 5},
            ["type: unknown type 5 - one of: content, sources, end"],
            id="a number for the type",
        ),
        pytest.param(
            {"content": "a"}, ["missing 'type' (one of: content, sources, end)"], id="no type"
        ),
        pytest.param({}, ["missing 'type' (one of: content, sources, end)"], id="an empty object"),
        pytest.param({"type": "content"}, ["missing key 'content'"], id="no content"),
        pytest.param(
            {"type": "content", "content": 5}, ["content: wanted text, got 5"], id="a number"
        ),
        pytest.param(
            {"type": "sources", "sources": [SOURCE, {"id": "2", "content": "c"}]},
            ["sources[1]: missing key 'title'"],
            id="an incomplete source",
        ),
        pytest.param(
            {"type": "sources", "sources": [5, {**SOURCE, "id": 5}]},
            ["sources[0]: wanted an object, got 5", "sources[1].id: wanted text, got 5"],
            id="two errors",
        ),
        pytest.param("done", ["wanted an object, got 'done'"], id="not an object"),
        pytest.param(None, ["wanted an object, got null"], id="null"),
        pytest.param([], ["wanted an object, got []"], id="a list"),
    ],
)
def test_the_discriminator_chooses_the_branch_of_a_union(document, words):
    assert problems(document) == words


@pytest.mark.parametrize(
    ("document", "words"),
    [
        pytest.param({"event": "start", "data": {"message": "a"}}, [], id="start"),
        pytest.param({"type": "end"}, [], id="end"),
        pytest.param({"error": "a"}, [], id="error"),
        pytest.param(
            {"error": ""}, ["error: wanted at least 1 character, got ''"], id="an empty error"
        ),
        pytest.param(
            {"error": "a", "trace": "b"},
            ["trace: unknown key 'trace' - one of: error"],
            id="a closed object",
        ),
    ],
)
def test_without_a_discriminator_the_nearest_branch_is_chosen(document, words):
    assert problems(document, FRONTEND) == words


@pytest.mark.parametrize(
    ("schema", "document", "words"),
    [
        ({"type": ["string", "null"]}, 5, "wanted text or null, got 5"),
        ({"enum": ["lf", "crlf"]}, "lff", "wanted one of lf, crlf, got 'lff' - did you mean 'lf'?"),
        ({"enum": ["end"]}, "stop", "wanted 'end', got 'stop'"),
        ({"minimum": 0}, -1, "wanted a number of at least 0, got -1"),
        ({"exclusiveMinimum": 0}, 0, "wanted a number above 0, got 0"),
        ({"maxItems": 1}, [1, 2], "wanted at most 1 item, got [1, 2]"),
        ({"minProperties": 2}, {}, "wanted at least 2 keys, got {}"),
        ({"uniqueItems": True}, [1, 1], "wanted a list without duplicates, got [1, 1]"),
        ({"pattern": "^a"}, "b", "wanted text that matches ^a, got 'b'"),
        (
            {"pattern": "^a", "examples": ["ab"]},
            "b",
            "wanted text that matches ^a, got 'b' - for example 'ab'",
        ),
        (
            {"minProperties": 1, "properties": {"a": {}, "b": {}}},
            {},
            "wanted at least 1 key, got {} - one of: a, b",
        ),
        (
            {"type": "object", "properties": {"a": {"examples": [{"b": [1, "x"]}]}}},
            "a",
            "wanted an object, got 'a' - write a: {b: [1, x]}",
        ),
        (
            {"type": "object", "properties": {"a": {}}},
            "a",
            "wanted an object, got 'a' - write a: …",
        ),
        ({"type": "object", "properties": {"a": {}}}, "b", "wanted an object, got 'b'"),
        ({"multipleOf": 2}, 3, "3 is not a multiple of 2"),
        ({"type": "string"}, [0] * 99, f"wanted text, got {str([0] * 99)[:59]}…"),
        (
            {"patternProperties": {"^x": {}}, "additionalProperties": False},
            {"x1": 1, "y": 2},
            "y: unknown key 'y'",
        ),
    ],
    ids=lambda value: None,
)
def test_a_message_has_the_wanted_and_the_real_value(tmp_path, schema, document, words):
    path = tmp_path / "case.schema.json"
    path.write_text(json.dumps(schema), "utf-8")

    assert problems(document, load_schema(path)) == [words]


def test_extra_keys_are_found_in_open_schemas_only():
    body = {"type": "sources", "took_ms": 5, "sources": [{**SOURCE, "score": 1}]}

    assert [problem.path for problem in extra_keys(body, AI_SERVICE)] == [
        ("sources", 0, "score"),
        ("took_ms",),
    ]
    assert extra_keys({"error": "a", "trace": "b"}, FRONTEND) == []


@pytest.mark.parametrize(
    ("body", "plain"),
    [
        ({"type": "content", "content": "a"}, True),
        ({"type": "content", "content": "a", "more": 1}, False),
        ({"type": "content"}, False),
    ],
)
def test_a_body_is_plain_if_it_fits_and_has_no_extra_key(body, plain):
    assert is_plain(body, AI_SERVICE.definition("AiClientContentResponse")) == plain
    assert not is_plain(body, AI_SERVICE)  # its oneOf tells nothing
