"""Marks: where the places by meaning are in the bytes of a reply, for example the end of a piece.

A mark has the key by which a fault names its place. Place N of a stream is its Nth mark with the
key, so marks have no numbers, and repeated bytes can share them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias


class Mark(NamedTuple):
    """One place, as an offset in some bytes."""

    key: str
    offset: int


Marks: TypeAlias = tuple[Mark, ...]


class MarkedBytes(NamedTuple):
    """Bytes with their marks; empty bytes only tell that places are here.

    `ends_record` tells whether a record of the dialect ends with the bytes.
    """

    data: bytes
    marks: Marks = ()
    ends_record: bool = True


def moved(marks: Iterable[Mark], by: int) -> Marks:
    """Return the marks in bytes that begin `by` bytes earlier."""
    return tuple(Mark(key, offset + by) for key, offset in marks)


def marks_between(marks: Sequence[Mark], start: int, stop: int) -> Marks:
    """Return the marks of a slice; a mark between two slices belongs to the first one."""
    first = bisect_right(marks, start, key=_offset) if start else 0
    return moved(marks[first : bisect_right(marks, stop, key=_offset)], -start)


def marks_after_change(marks: Iterable[Mark], old: bytes, new: bytes) -> Marks:
    """Return the marks of changed bytes.

    A mark stays before what followed it, or else after as many bytes as before.
    """
    return tuple(Mark(key, _offset_after_change(offset, old, new)) for key, offset in marks)


def _offset_after_change(offset: int, old: bytes, new: bytes) -> int:
    rest = old[offset:]
    return len(new) - len(rest) if new.endswith(rest) else min(offset, len(new))


def _offset(mark: Mark) -> int:
    return mark.offset
