"""JSON is read as JSON.parse reads it, at any depth."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from streamproof.contracts.deep_json import parse_deep
from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import parse_json

PIECES = [
    *("[", "]", "{", "}", ",", ":", '"a"', '"b":', r'"\u00e9"', '"', "\\", " ", "\n"),
    *("1", "-0.5e3", "01", "true", "null", "nul", "NaN", "Infinity", "[1]", '{"a":1}'),
]


def read_or_refuse(parse, text):
    try:
        return parse(text)
    except NotJson:
        return "refused"


@settings(max_examples=300)
@given(text=st.lists(st.sampled_from(PIECES), max_size=10).map("".join))
def test_the_deep_reader_agrees_with_pythons_own(text):
    assert read_or_refuse(parse_deep, text) == read_or_refuse(parse_json, text)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda part: st.lists(part) | st.dictionaries(st.text(), part),
    max_leaves=10,
)


@settings(max_examples=60)
@given(value=JSON)
def test_any_json_value_is_read(value):
    text = json.dumps(value)

    assert parse_json(text) == value
    assert parse_deep(text) == value


def test_depth_has_no_limit():
    value = parse_json('{"a": ' * 20_000 + "1" + "}" * 20_000)

    depth = 0
    while isinstance(value, dict):
        value, depth = value["a"], depth + 1
    assert (depth, value) == (20_000, 1)


def test_numbers_are_those_of_javascript():
    assert parse_json("[12345678901234567890, 1E400]") == [1.2345678901234567e19, float("inf")]
