"""JSON can be pasted into YAML: an escaped surrogate pair is its character."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamproof.contracts.source.errors import SourceError
from streamproof.contracts.source.surrogate_pairs import with_marks
from streamproof.contracts.source.yaml_text import load_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"\ud83d\ude00"', "😀"),
        (r'"\uD83D\uDE00 x \ud83d\ude00"', "😀 x 😀"),
        (r'"{\"delta\": \"\ud83d\ude00\"}"', '{"delta": "😀"}'),
        (r'{"\ud83d\ude00": "a"}', {"😀": "a"}),
        (r'"\\ud83d\\ude00"', r"\ud83d\ude00"),
        (r'"\\\ud83d\ude00"', "\\😀"),
        (r"'\ud83d\ude00'", r"\ud83d\ude00"),
        (r"\ud83d\ude00", r"\ud83d\ude00"),
        ('|-\n  {"a": "\\ud83d\\ude00"}', r'{"a": "\ud83d\ude00"}'),
        ("# \\ud83d\\ude00\na", "a"),
        ('[&a "\\ud83d\\ude00", *a]', ["😀", "😀"]),
        (r'"\u00e9\ud83d\ude00\n"', "é😀\n"),
    ],
)
def test_pair_in_double_quotes_is_its_character(text, value):
    assert load_yaml(text).value == value


def test_what_follows_a_pair_keeps_its_place():
    document = load_yaml(r'{a: "\ud83d\ude00", b: x}')
    assert document.positions[("b",)].value == (1, 24, 1, 25)
    assert document.text == r'{a: "\ud83d\ude00", b: x}'


@pytest.mark.parametrize("half", [r"\ud83d", r"\ude00", r"\ude00\ud83d", r"\ud83d\u0041"])
def test_half_of_a_pair_is_refused(half):
    with pytest.raises(SourceError) as caught:
        load_yaml(f'a: "{half} x"')
    assert caught.value.message == "half of a surrogate pair is not a character"
    assert caught.value.help is not None
    assert caught.value.help.startswith(r"write both halves, such as \ud83d\ude00")


def test_text_that_has_a_mark_is_left_alone():
    text = '"\U000f5e1f \\ud83d\\ude00"'
    assert with_marks(text) == text


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_yaml_reads_json_with_escapes_as_json_does(text):
    assert load_yaml(json.dumps({"a": [text]})).value == {"a": [text]}
