"""What is wrong with a document is said in words, about the branch that was meant."""

from __future__ import annotations

import json

import pytest

from streamproof.contracts.contract import SCHEMAS
from streamproof.contracts.errors import NotJson
from streamproof.contracts.schema import load_schema
from streamproof.contracts.validation import extra_keys, format_path, strict_json, validate

AI_SERVICE = load_schema(SCHEMAS / "ai-service.schema.json")
FRONTEND = load_schema(SCHEMAS / "frontend.schema.json")
SOURCE = {"id": "1", "title": "t", "content": "c"}


def said(document, schema=AI_SERVICE):
    return [str(problem) for problem in validate(document, schema)]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        pytest.param({"type": "content", "content": "a"}, [], id="good"),
        pytest.param({"type": "end", "extra": 1}, [], id="open for more"),
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
            id="all that is wrong",
        ),
        pytest.param("done", ["wanted an object, got 'done'"], id="no object"),
        pytest.param(None, ["wanted an object, got null"], id="null"),
        pytest.param([], ["wanted an object, got []"], id="a list"),
    ],
)
def test_a_union_is_spoken_of_by_its_discriminator(document, words):
    assert said(document) == words


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
            {"error": "a", "trace": "b"}, ["trace: unknown key 'trace'"], id="a closed object"
        ),
    ],
)
def test_a_union_without_a_discriminator_is_spoken_of_by_its_nearest_branch(document, words):
    assert said(document, FRONTEND) == words


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
        ({"uniqueItems": True}, [1, 1], "wanted a list without doubles, got [1, 1]"),
        ({"pattern": "^a"}, "b", "wanted text that matches ^a, got 'b'"),
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
def test_a_wrong_value_is_named_with_what_was_wanted(tmp_path, schema, document, words):
    path = tmp_path / "case.schema.json"
    path.write_text(json.dumps(schema), "utf-8")

    assert said(document, load_schema(path)) == [words]


def test_extra_keys_are_found_in_open_schemas_only():
    body = {"type": "sources", "took_ms": 5, "sources": [{**SOURCE, "score": 1}]}

    assert [problem.path for problem in extra_keys(body, AI_SERVICE)] == [
        ("sources", 0, "score"),
        ("took_ms",),
    ]
    assert extra_keys({"error": "a", "trace": "b"}, FRONTEND) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1, "b": 2, "a": 3}', "duplicate key 'a'"),
        ('[{"x": {"b": 1, "b": 1}}]', "duplicate key 'b'"),
        ("[NaN]", "NaN is not JSON"),
        ("-Infinity", "-Infinity is not JSON"),
        ('{"a": }', "at character 7"),
        ("[" * 100_000, "nested too deep"),
    ],
    ids=lambda text: text[:20],
)
def test_strict_json_refuses_what_readers_would_disagree_on(text, words):
    with pytest.raises(NotJson, match=words):
        strict_json(text)


def test_strict_json_reads_the_rest():
    assert strict_json('{"a": [1, 2.5, "\\ud83d", null]}') == {"a": [1, 2.5, "\ud83d", None]}
    assert strict_json("9" * 5000) == float("inf")


def test_a_path_is_written_as_in_javascript():
    assert format_path(("steps", 1, "wait_ms")) == "steps[1].wait_ms"
    assert format_path((0, "a")) == "[0].a"
