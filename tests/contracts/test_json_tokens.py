"""The reader of tokens agrees with Python's own reader."""

from __future__ import annotations

import gc
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import parse_json
from streamproof.contracts.json_tokens import _checked, parse_by_token

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


def pruned(value, levels):
    """Return a value without the containers inside `levels` others."""
    if not isinstance(value, list | dict):
        return value
    if levels == 0:
        return None
    if isinstance(value, list):
        return [pruned(item, levels - 1) for item in value]
    return {key: pruned(item, levels - 1) for key, item in value.items()}


@settings(max_examples=60)
@given(value=JSON, levels=st.integers(min_value=0, max_value=4))
def test_only_containers_in_the_first_levels_are_kept(value, levels):
    assert parse_by_token(json.dumps(value), levels) == pruned(value, levels)


@settings(max_examples=60)
@given(
    text=st.lists(st.sampled_from(PARTS), max_size=10).map("".join),
    levels=st.integers(min_value=0, max_value=4),
)
def test_what_is_not_kept_is_checked(text, levels):
    def parse_some(text):
        return parse_by_token(text, levels)

    is_json = result(parse_by_token, text) != "not JSON"
    assert (result(parse_some, text) != "not JSON") is is_json


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ('[1, "a,b" ,null,-2.5e3]', "[rv]"),
        ("[1,2,[3,4,5],6,7,8]", "[r[rv]rv]"),
        ('{"a":[1,2,3],"b":1,"c":2}', "{k[rv]kvkv}"),
        ("[" + "1," * 1100 + "1]", "[rrrv]"),
    ],
    ids=["values", "containers", "object", "long"],
)
def test_values_in_an_array_are_read_together(text, kinds):
    assert "".join(kind for kind, _, _ in _checked(text)) == kinds
    assert parse_by_token(text) == parse_json(text)


@pytest.mark.parametrize(
    "text",
    ['{"a":1,2,3}', '{"a","b","c"}', '{1,2,"a":3}', "1,2,3", "[1,2,]", "[1,2,,3]", "[[1]2,3,4]"],
)
def test_values_together_where_none_can_be_are_not_json(text):
    with pytest.raises(NotJson):
        parse_by_token(text)


def test_deep_nesting_leaves_nothing_for_the_garbage_collector():
    text = "[" * 50_000 + "]" * 50_000
    gc.collect()
    gc.disable()
    try:
        before = gc.get_count()[0]
        assert parse_by_token(text, 3) == [[[None]]]
        assert gc.get_count()[0] - before < 1000
    finally:
        gc.enable()
