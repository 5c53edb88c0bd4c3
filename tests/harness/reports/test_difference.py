"""A difference is shown where it is, in one line each."""

import pytest

from streamproof.harness.reports.difference import difference, excerpt, quoted


def test_the_first_difference_is_counted_in_bytes():
    assert difference("für dich", "für Dich").at_byte == 5


def test_a_difference_far_inside_is_shown_with_its_surroundings():
    found = difference("x" * 1000 + "a" + "y" * 1000, "x" * 1000 + "b" + "y" * 1000)
    assert found.expected == f'…"{"x" * 24}a{"y" * 39}"…'
    assert found.actual == f'…"{"x" * 24}b{"y" * 39}"…'


def test_a_missing_end_is_a_difference():
    found = difference("abc", "ab")
    assert (found.at_byte, found.expected, found.actual) == (2, '"abc"', '"ab"')


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("a\nb", r'"a\nb"', id="line-end"),
        pytest.param('say "a\\"', r'"say \"a\\\""', id="quotes"),
        pytest.param("\0\u2028\ud83d", r'"\u0000\u2028\ud83d"', id="invisible"),
        pytest.param("\U000e0001", r'"\U000e0001"', id="beyond-the-first-plane"),
        pytest.param("日本 😀", '"日本 😀"', id="visible"),
    ],
)
def test_invisible_characters_are_escaped(text, wanted):
    assert quoted(text) == wanted


def test_a_long_text_is_shown_by_its_beginning():
    assert excerpt("a" * 200, limit=3) == '"aaa"…'
