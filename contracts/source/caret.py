"""Draws the line of a file with carets under the part that is meant."""

from __future__ import annotations

from typing import Final
from unicodedata import combining, east_asian_width

LONGEST_LINE: Final = 100


def caret_lines(number: int, text: str, column: int, end_column: int) -> list[str]:
    """Draw line `number`; columns count characters from 1, the carets line up on a terminal."""
    first = max(0, column - LONGEST_LINE // 2) if len(text) > LONGEST_LINE else 0
    shown = "".join(c if c.isprintable() else " " for c in text[first : first + LONGEST_LINE])
    before, marked = shown[: column - 1 - first], shown[column - 1 - first : end_column - 1 - first]
    margin = " " * len(str(number))
    return [
        f"{margin} |",
        f"{number} | {shown}",
        f"{margin} | {' ' * _width(before)}{'^' * max(1, _width(marked))}",
    ]


def _width(text: str) -> int:
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
