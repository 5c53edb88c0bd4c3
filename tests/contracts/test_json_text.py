"""JSON is read as browsers read it, or strictly, and written without half characters."""

from __future__ import annotations

import pytest

from streamproof.contracts import json_text
from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import MAX_NESTING, parse_json, strict_json, write_json
from streamproof.contracts.json_tokens import parse_by_token

NEVER_CLOSED = '"' + r"\"" * 2**19
"""1 MiB: a reader that begins again at each escaped quote needs hours for it."""


def test_numbers_are_those_of_javascript():
    assert parse_json("[12345678901234567890, 1E400]") == [1.2345678901234567e19, float("inf")]


def test_nesting_has_no_limit_for_a_reader():
    value = parse_json('{"a": ' * 20_000 + "1" + "}" * 20_000)

    depth = 0
    while isinstance(value, dict):
        value, depth = value["a"], depth + 1
    assert (depth, value) == (20_000, 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1, "b": 2, "a": 3}', "duplicate key 'a'"),
        ('[{"x": {"b": 1, "b": 1}}]', "duplicate key 'b'"),
        ("[NaN]", "NaN is not JSON"),
        ("-Infinity", "-Infinity is not JSON"),
        ('{"a": }', "at character 7"),
        ("[" * 100_000, f"deeper than {MAX_NESTING} levels"),
        ("[]" * (MAX_NESTING + 1) + NEVER_CLOSED, "at character 3"),
    ],
    ids=lambda text: text[:20],
)
def test_strict_json_rejects_what_readers_understand_differently(text, words):
    with pytest.raises(NotJson, match=words):
        strict_json(text)


MANY = "[" + "1," * 20_000 + "1]"


@pytest.mark.parametrize(
    ("text", "levels", "reader"),
    [
        (MANY, {"levels": 3}, "token by token"),
        (MANY, {}, "json"),
        ('"' + "x" * 100_000 + '"', {"levels": 3}, "json"),
        ("[1]", {"levels": 3}, "json"),
        ("[" * 20_000 + "]" * 20_000, {"levels": 3}, "token by token"),
    ],
    ids=["many values", "all levels", "a long text", "few values", "deep nesting"],
)
def test_many_values_are_read_with_pauses_for_other_threads(text, levels, reader, monkeypatch):
    used = []
    decode = json_text._LIKE_BROWSERS.decode

    def counted(text):
        used.append("json")
        return decode(text)

    def counted_tokens(text, levels):
        used.append("token by token")
        return parse_by_token(text, levels)

    monkeypatch.setattr(json_text._LIKE_BROWSERS, "decode", counted)
    monkeypatch.setattr(json_text, "parse_by_token", counted_tokens)
    parse_json(text, **levels)
    assert used == [reader]


def test_a_string_without_an_end_is_refused_at_once():
    with pytest.raises(NotJson, match="did not expect"):
        parse_json("[" * 20_000 + NEVER_CLOSED)


def test_a_duplicate_among_many_keys_is_found_at_once():
    keys = "".join(f'"{number}": 1, ' for number in range(100_000))

    with pytest.raises(NotJson, match="duplicate key 'last'"):
        strict_json(f'{{{keys}"last": 1, "last": 2}}')


def test_strict_json_reads_other_json():
    assert strict_json('{"a": [1, 2.5, "\\ud83d", null]}') == {"a": [1, 2.5, "\ud83d", None]}
    assert strict_json("9" * 5000) == float("inf")


@pytest.mark.parametrize(
    "text",
    [
        "[" * MAX_NESTING + "]" * MAX_NESTING,
        '{"a":' * MAX_NESTING + "1" + "}" * MAX_NESTING,
        f"[{', '.join(['[{}]'] * MAX_NESTING)}]",
        '["' + "[" * 2 * MAX_NESTING + r"\"" + "{" * 2 * MAX_NESTING + '"]',
    ],
    ids=["lists", "objects", "many containers", "brackets in text"],
)
def test_strict_json_accepts_nesting_up_to_its_limit(text):
    assert strict_json(text) == parse_json(text)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_strict_json_rejects_nesting_beyond_its_limit(opening, closing):
    levels = MAX_NESTING + 1

    with pytest.raises(NotJson, match="nested deeper"):
        strict_json(f"{opening * levels}1{closing * levels}")


def test_only_half_a_surrogate_pair_is_escaped():
    assert write_json({"a": "é😀\ud83d"}) == '{"a": "é😀\\ud83d"}'
    assert write_json({"a": [1, 2]}, compact=True) == '{"a":[1,2]}'
