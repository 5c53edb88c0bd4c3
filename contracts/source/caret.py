"""Draws a line of a file with carets under a part of it."""

from __future__ import annotations

from typing import Final
from unicodedata import combining, east_asian_width

_LONGEST_LINE: Final = 100
_TAB: Final = "→"


def caret_lines(number: int, text: str, column: int, end_column: int) -> list[str]:
    """Draw line `number` with carets from `column` up to `end_column`.

    Columns are characters, counted from 1. The carets line up on a terminal, where some characters
    are two cells wide. A long line is cut around the carets, and a tab is drawn as an arrow.
    """
    first = max(0, column - _LONGEST_LINE // 2) if len(text) > _LONGEST_LINE else 0
    shown = "".join(map(_visible, text[first : first + _LONGEST_LINE]))
    before, marked = shown[: column - 1 - first], shown[column - 1 - first : end_column - 1 - first]
    margin = " " * len(str(number))
    return [
        f"{margin} |",
        f"{number} | {shown}",
        f"{margin} | {' ' * _width(before)}{'^' * max(1, _width(marked))}",
    ]


def _visible(character: str) -> str:
    if character == "\t":
        return _TAB
    return character if character.isprintable() else " "


def _width(text: str) -> int:
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
