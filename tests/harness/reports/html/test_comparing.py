"""What differs between the expected and the actual text is marked in both."""

import time

import pytest

from streamproof.harness.reports.html.comparing import (
    MOST_CHARACTERS,
    TextParts,
    beginning,
    compared,
)

MOST_SECONDS = 0.5


def marked(parts: TextParts | None) -> str:
    """Return a text with its marked parts in brackets."""
    return "".join(f"[{one.text}]" if one.differs else one.text for one in parts or ())


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("start, content, [error]", "start, content, [end]"),
        ('"für [dich]"', '"für [Dich]"'),
        ("start, end", "start, [content, ]end"),
        ("aborted", "truncated"),
        ("settings with which it can be tested", "no check of it ran"),
        ("", "no"),
    ],
)
def test_differences_are_marked_unless_all_differs(expected, actual):
    one, other = compared(_plain(expected), _plain(actual))
    assert (marked(one), marked(other)) == (expected, actual)


@pytest.mark.parametrize("pieces", [90, 333])
def test_many_small_differences_take_little_time(pieces):
    started = time.process_time()
    compared("a," * pieces, "b," * pieces)
    assert time.process_time() - started < MOST_SECONDS


def test_a_difference_in_a_long_text_is_found():
    one, other = compared(f"{'a,' * 240}b{',c' * 240}", f"{'a,' * 240}d{',c' * 240}")
    marks = [[part.text for part in parts or () if part.differs] for parts in (one, other)]
    assert marks == [["b"], ["d"]]


def test_a_text_alone_is_shown_whole():
    one, other = compared("error", None)
    assert (marked(one), other) == ("error", None)


def test_a_long_text_is_cut_in_words():
    assert beginning("x" * 5000) == f"{'x' * MOST_CHARACTERS}… (4000 more characters)"
    assert beginning("x" * 9, most=9) == "x" * 9


def _plain(text: str) -> str:
    return text.replace("[", "").replace("]", "")
