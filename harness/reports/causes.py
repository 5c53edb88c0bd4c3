"""Groups what failed by its cause, so that a report says the same only once.

Two failures have one cause if the same check found the same. Numbers and quoted texts differ from
case to case, so they are not compared.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from streamproof.harness.reports.result import (
    FAILED,
    CheckOutcome,
    CheckState,
    RunResult,
    VerifiedCase,
)

_CHANGING = re.compile(r'"(?:[^"\\]|\\.)*"|\d+')


@dataclass(frozen=True, slots=True)
class Cause:
    """What one check found, as in the first of its cases, and all cases with the same."""

    outcome: CheckOutcome
    cases: tuple[VerifiedCase, ...]

    @property
    def message(self) -> str:
        """The first finding in words."""
        return self.outcome.findings[0].message


@dataclass(frozen=True, slots=True)
class CauseGroup:
    """The causes that the same cases have."""

    causes: tuple[Cause, ...]

    @property
    def cases(self) -> tuple[VerifiedCase, ...]:
        """The cases."""
        return self.causes[0].cases

    @property
    def state(self) -> CheckState:
        """The state of the worst cause."""
        states = {cause.outcome.state for cause in self.causes}
        return next(state for state in FAILED if state in states)


def causes_of(result: RunResult, states: Sequence[CheckState] = FAILED) -> list[Cause]:
    """Return the causes of all outcomes with these states, the worst and most frequent first."""
    found: dict[tuple[CheckState, str, str], list[tuple[VerifiedCase, CheckOutcome]]]
    found = defaultdict(list)
    for case, outcome in result.outcomes():
        if outcome.state in states:
            found[outcome.state, outcome.check, _kind(outcome)].append((case, outcome))
    causes = [Cause(group[0][1], tuple(case for case, _ in group)) for group in found.values()]
    return sorted(causes, key=lambda one: (states.index(one.outcome.state), -len(one.cases)))


def grouped(causes: Iterable[Cause]) -> list[CauseGroup]:
    """Join the causes that the same cases have."""
    found: dict[tuple[str, ...], list[Cause]] = defaultdict(list)
    for cause in causes:
        found[tuple(case.path for case in cause.cases)].append(cause)
    return [CauseGroup(tuple(group)) for group in found.values()]


def _kind(outcome: CheckOutcome) -> str:
    return _CHANGING.sub("…", outcome.findings[0].message)
