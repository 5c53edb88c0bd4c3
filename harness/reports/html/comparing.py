"""Two texts side by side: the parts in which they differ are marked in both."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile
from typing import overload

MOST_CHARACTERS = 1_000
LEAST_RATIO = 0.3
"""Texts that are less alike are shown whole: marks everywhere would say nothing."""

_WORD = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class TextPart:
    """A part of a text, and whether the other text differs here."""

    text: str
    differs: bool = False


TextParts = tuple[TextPart, ...]
_Change = tuple[str, int, int, int, int]


def compared(one: str | None, other: str | None) -> tuple[TextParts | None, TextParts | None]:
    """Return both texts in parts; a text that is None stays None."""
    if one is None or other is None:
        return _whole(one), _whole(other)
    words, other_words = _WORD.findall(one), _WORD.findall(other)
    changes = _changes(words, other_words)
    if _ratio(changes, words, other_words) < LEAST_RATIO:
        return _whole(one), _whole(other)
    return (
        tuple(_parts((tag, words[start:end]) for tag, start, end, _, _ in changes)),
        tuple(_parts((tag, other_words[start:end]) for tag, _, _, start, end in changes)),
    )


def _changes(words: list[str], other_words: list[str]) -> list[_Change]:
    """Return what is equal and what differs; only the part between equal ends takes time."""
    start = _equal_words(words, other_words)
    after = _equal_words(words[start:][::-1], other_words[start:][::-1])
    end, other_end = len(words) - after, len(other_words) - after
    between = SequenceMatcher(None, words[start:end], other_words[start:other_end]).get_opcodes()
    return [
        ("equal", 0, start, 0, start),
        *((tag, start + a, start + b, start + c, start + d) for tag, a, b, c, d in between),
        ("equal", end, len(words), other_end, len(other_words)),
    ]


def _equal_words(words: list[str], other_words: list[str]) -> int:
    """Return how many words are equal up to the first difference."""
    pairs = zip(words, other_words, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _ratio(changes: list[_Change], words: list[str], other_words: list[str]) -> float:
    """Return how much of two texts is equal; spaces would make any two texts look alike."""
    equal = sum(_count(words[start:end]) for tag, start, end, _, _ in changes if tag == "equal")
    whole = _count(words) + _count(other_words)
    return 2 * equal / whole if whole else 1.0


def _count(words: list[str]) -> int:
    return sum(not word.isspace() for word in words)


def _parts(changes: Iterator[tuple[str, list[str]]]) -> Iterator[TextPart]:
    for tag, words in changes:
        if words:
            yield TextPart("".join(words), tag != "equal")


def _whole(text: str | None) -> TextParts | None:
    return None if text is None else (TextPart(text),)


@overload
def beginning(text: str, most: int = ...) -> str: ...
@overload
def beginning(text: str | None, most: int = ...) -> str | None: ...
def beginning(text: str | None, most: int = MOST_CHARACTERS) -> str | None:
    """Return the first `most` characters of a text, and how many are left out."""
    if text is None or len(text) <= most:
        return text
    return f"{text[:most]}… ({len(text) - most} more characters)"
