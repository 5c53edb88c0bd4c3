"""Two texts side by side: the parts in which they differ are marked in both."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

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


def compared(expected: str | None, actual: str | None) -> tuple[TextParts | None, TextParts | None]:
    """Return both texts in parts; a text that is None stays None."""
    one, other = _cut(expected), _cut(actual)
    if one is None or other is None:
        return _whole(one), _whole(other)
    words, other_words = _WORD.findall(one), _WORD.findall(other)
    if _ratio(words, other_words) < LEAST_RATIO:
        return _whole(one), _whole(other)
    changes = SequenceMatcher(None, words, other_words, autojunk=False).get_opcodes()
    return (
        tuple(_parts((tag, words[start:end]) for tag, start, end, _, _ in changes)),
        tuple(_parts((tag, other_words[start:end]) for tag, _, _, start, end in changes)),
    )


def _ratio(words: list[str], other_words: list[str]) -> float:
    """Return how much of two texts is equal; spaces would make any two texts look alike."""
    one, other = ([word for word in each if not word.isspace()] for each in (words, other_words))
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _parts(changes: Iterator[tuple[str, list[str]]]) -> Iterator[TextPart]:
    for tag, words in changes:
        if words:
            yield TextPart("".join(words), tag != "equal")


def _whole(text: str | None) -> TextParts | None:
    return None if text is None else (TextPart(text),)


def _cut(text: str | None) -> str | None:
    if text is None or len(text) <= MOST_CHARACTERS:
        return text
    return f"{text[:MOST_CHARACTERS]}… ({len(text) - MOST_CHARACTERS} more characters)"
