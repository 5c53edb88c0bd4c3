"""The time axis of a drawing: where each mark stands, from left to right.

Both legs share it. A longer time is wider, but less than in proportion: else one silence of a
second would press a hundred events of a millisecond into one pixel. Marks of one leg at the same
time stand side by side.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log2

from streamproof.harness.reports.result import Leg, TimelineMark

LEAST_SILENCE_MS = 10.0
SILENT_SHARE = 0.2
"""A time is shown as a silence if it is longer than this share of the whole."""


@dataclass(frozen=True, slots=True)
class PlacedMark:
    """A mark and its place, from 0 at the left end to 1 at the right."""

    mark: TimelineMark
    place: float


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without a mark in either leg, between two places."""

    start: float
    end: float
    ms: float


def placed(marks: Sequence[TimelineMark]) -> list[PlacedMark]:
    """Return the marks in order of time, each with its place."""
    ordered = sorted(marks, key=lambda mark: mark.at_ms)
    offsets = list(_offsets(ordered))
    whole = offsets[-1] if offsets and offsets[-1] else 1.0
    return [PlacedMark(mark, at / whole) for mark, at in zip(ordered, offsets, strict=True)]


def _offsets(ordered: Sequence[TimelineMark]) -> Iterator[float]:
    offset = 0.0
    before_ms = ordered[0].at_ms if ordered else 0.0
    here: set[Leg] = set()  # the legs with a mark at this time
    for mark in ordered:
        if mark.at_ms > before_ms:
            offset += _width(mark.at_ms - before_ms)
            here.clear()
        elif mark.leg in here:
            offset += _width(0.0)
        here.add(mark.leg)
        before_ms = mark.at_ms
        yield offset


def _width(ms: float) -> float:
    return 1.0 + log2(1.0 + ms)


def gaps(marks: Sequence[PlacedMark], omitted: Sequence[TimelineMark] = ()) -> Iterator[Gap]:
    """Yield the long times without a mark; an omitted one is not drawn, but it was not silent."""
    if not marks:
        return
    whole_ms = marks[-1].mark.at_ms - marks[0].mark.at_ms
    least_ms = max(LEAST_SILENCE_MS, whole_ms * SILENT_SHARE)
    for one, other in pairwise(marks):
        start, end = one.mark.at_ms, other.mark.at_ms
        if end - start >= least_ms and not any(start < left.at_ms < end for left in omitted):
            yield Gap(one.place, other.place, end - start)
