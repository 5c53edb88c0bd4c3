"""The reader for deep nesting agrees with Python's own reader."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from streamproof.contracts.json_tokens import parse_by_token
from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import parse_json

PARTS = [
    *("[", "]", "{", "}", ",", ":", '"a"', '"b":', r'"\u00e9"', '"', "\\", " ", "\n"),
    *("1", "-0.5e3", "01", "true", "null", "nul", "NaN", "Infinity", "[1]", '{"a":1}'),
]


def result(parse, text):
    try:
        return parse(text)
    except NotJson:
        return "not JSON"


@settings(max_examples=100)
@given(text=st.lists(st.sampled_from(PARTS), max_size=10).map("".join))
def test_both_readers_agree_on_any_text(text):
    assert result(parse_by_token, text) == result(parse_json, text)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda part: st.lists(part) | st.dictionaries(st.text(), part),
    max_leaves=10,
)


@settings(max_examples=60)
@given(value=JSON)
def test_both_readers_read_any_value(value):
    text = json.dumps(value)

    assert parse_json(text) == value
    assert parse_by_token(text) == value
