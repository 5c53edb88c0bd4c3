"""Marks in the text of a reply: they show where its pieces are in the bytes of any dialect.

A dialect words marked text as it words any text. Then the marks are taken out, so the bytes are
those of a reply without marks. Unicode reserves the characters around a mark for use inside a
program, so no text has them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from streamproof.mock_ai.actions.marks import Mark, MarkedBytes, Marks

# How the keys of faults name the pieces of each kind of block; a refusal has no places.
_WORDS: Final[Mapping[str, str]] = {
    "content": "content",
    "reasoning": "reasoning",
    "tool_call": "arguments",
}
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
# The keys of a marked JSON value, and of its number of pieces.
_VALUE: Final = f"{_OPEN}value{_CLOSE}"
_PIECES: Final = f"{_OPEN}pieces{_CLOSE}"
_MARK: Final = re.compile(
    f'{{"(?P<value>{_VALUE})":'
    f'|,"{_PIECES}":(?P<pieces>[0-9]+)}}'
    f"|{_OPEN}(?P<key>[a-z_]+){_CLOSE}".encode()
)


def marks_of_piece(kind: str, inside: int = 0, after: int = 0) -> Marks:
    """Return the marks of one piece of a block, at two offsets."""
    if kind not in _WORDS:
        return ()
    return Mark(f"inside_{_WORDS[kind]}", inside), Mark(f"after_{_WORDS[kind]}", after)


def written(marks: Marks) -> str:
    """Return marks as text."""
    return "".join(f"{_OPEN}{mark.key}{_CLOSE}" for mark in marks)


def marked_text(kind: str, text: str) -> str:
    """Return a piece with a mark after half of its characters, and one at its end."""
    middle, marks = len(text) // 2, marks_of_piece(kind)
    return f"{text[:middle]}{written(marks[:1])}{text[middle:]}{written(marks[1:])}"


def marked_value(value: object, pieces: int) -> object:
    """Return the arguments of a tool call as a JSON value; all their pieces are in one place."""
    return {_VALUE: value, _PIECES: pieces}


def taken_out(data: bytes) -> MarkedBytes:
    """Take the marks out of the bytes of a record."""
    left = bytearray()
    marks: list[Mark] = []
    end = value_start = 0
    for found in _MARK.finditer(data):
        left += data[end : found.start()]
        end = found.end()
        if found["key"]:
            marks.append(Mark(found["key"].decode(), len(left)))
        elif found["value"]:
            value_start = len(left)
        else:
            marks += sorted(_marks_of_value(left, value_start) * int(found["pieces"]), key=_offset)
    return MarkedBytes(bytes(left + data[end:]), tuple(marks))


def _marks_of_value(data: bytearray, start: int) -> Marks:
    middle = (start + len(data)) // 2
    while data[middle] & 0xC0 == 0x80:  # inside a character of UTF-8
        middle -= 1
    return marks_of_piece("tool_call", middle, len(data))


def _offset(mark: Mark) -> int:
    return mark.offset
