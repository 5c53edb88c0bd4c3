"""Turns samples into figures: medians of the quiet rounds, with minimum and maximum."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan
from statistics import median
from typing import TYPE_CHECKING, Final

from bench.mock.rounds import QUIET_CORES
from bench.mock.workloads import MOCK

if TYPE_CHECKING:
    from bench.mock.goals import Goal
    from bench.mock.measurement import Sample

_FEWEST_ROUNDS: Final = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """A median with its minimum and maximum, and the number of rounds."""

    median: float
    least: float
    most: float
    rounds: int


class Results:
    """The samples by workload, contender and round."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self.samples = tuple(samples)
        self._by_key = {(s.workload, s.contender, s.round): s for s in self.samples}
        self._rounds = sorted({s.round for s in self.samples})

    def value(self, workload: str, contender: str, metric: str) -> Figure | None:
        """Return a value of a contender, or None if it was not measured."""
        found = (self._by_key.get((workload, contender, number)) for number in self._rounds)
        return summary([(s.values[metric], s.foreign) for s in found if s and metric in s.values])

    def ratio(self, metric: str, one: tuple[str, str], other: tuple[str, str]) -> Figure | None:
        """Return the ratio of two values of the same round, or None if they were not measured."""
        pairs = []
        for number in self._rounds:
            a, b = self._by_key.get((*one, number)), self._by_key.get((*other, number))
            if a and b and b.values.get(metric):
                ratio = a.values[metric] / b.values[metric]
                pairs.append((ratio, max(a.foreign, b.foreign)))
        return summary(pairs)

    def of_goal(self, goal: Goal) -> Figure | None:
        """Return the figure that a goal compares."""
        if goal.against is None:
            return self.value(goal.workload, MOCK, goal.metric)
        other = (goal.other_workload, goal.against)
        return self.ratio(goal.metric, (goal.workload, MOCK), other)


def summary(values: Sequence[tuple[float, float]]) -> Figure | None:
    """Return the figure of the quiet rounds, or of the three quietest if there are fewer."""
    known = sorted(((foreign, value) for value, foreign in values if not isnan(value)))
    quiet = [value for foreign, value in known if foreign < QUIET_CORES]
    taken = (
        quiet if len(quiet) >= _FEWEST_ROUNDS else [value for _, value in known[:_FEWEST_ROUNDS]]
    )
    return Figure(median(taken), min(taken), max(taken), len(taken)) if taken else None
