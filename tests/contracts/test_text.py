"""Values are written so that people can read them and terminals do not obey them."""

from __future__ import annotations

import json
import re

import pytest

from streamproof.contracts.text import (
    counted,
    did_you_mean,
    first_names,
    json_for_terminals,
    one_line,
    rounded_ms,
    short,
    visible,
)


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 events"), (1, "1 event"), (2, "2 events")], ids=str
)
def test_only_one_is_singular(number, words):
    assert counted(number, "event") == words


@pytest.mark.parametrize(
    ("count", "wanted"), [(2, "0, 1"), (3, "0, 1, 2"), (4, "0, 1 and 2 more")], ids=str
)
def test_first_names_are_listed(count, wanted):
    assert first_names(map(str, range(count)), most=2) == wanted


@pytest.mark.parametrize(
    ("ms", "rounded"), [(106.40899999, 106.409), (40, 40), (0.0004, 0), (None, None)], ids=str
)
def test_milliseconds_are_rounded_to_microseconds(ms, rounded):
    assert rounded_ms(ms) == rounded


def test_control_characters_become_escapes_that_json_reads_back():
    text = "\x1b[31mred\x07 \x00 \x7f \x9b"

    assert visible(text) == r"\u001b[31mred\u0007 \u0000 \u007f \u009b"
    assert json.loads(f'"{visible(text)}"') == text


def test_tabs_line_feeds_and_other_text_stay_as_they_are():
    assert visible("a\tb\nc é😀\u2028") == "a\tb\nc é😀\u2028"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("text", "'text'"),
        ({"a": [1, None]}, '{"a": [1, null]}'),
        ("x" * 58, f"'{'x' * 58}'"),
        ("x" * 59, f"'{'x' * 58}…"),
    ],
    ids=["text", "JSON", "exactly the longest", "too long"],
)
def test_a_value_is_written_as_json_and_cut(value, written):
    assert short(value) == written


def test_a_value_that_is_nested_too_deeply_is_not_written():
    value: list[object] = []
    for _ in range(100_000):
        value = [value]

    assert short(value) == "a value that is nested too deeply"


@pytest.mark.parametrize(
    ("word", "help"),
    [
        ("cotent", "did you mean 'content'?"),
        ("END", "did you mean 'end'?"),
        ("xyz", None),
        ("", None),
    ],
)
def test_the_nearest_word_is_suggested(word, help):
    assert did_you_mean(word, ["content", "sources", "end"]) == help


def test_json_has_its_own_characters_but_none_that_a_terminal_obeys():
    value = {"é😀": "a\u009b31m\u0085\x7f\x1b\nb"}
    text = json_for_terminals(value, indent=2)
    assert "é😀" in text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
    assert json.loads(text) == value


def test_value_in_a_message_stays_on_one_line():
    assert one_line("a\nb\t\u2028\x1b") == r"a\nb\t\u2028\u001b"
    assert short("a\nb") == r"'a\nb'"
    assert len(short("9" * 5000)) == 60
