"""The matrix of cases and checks: a table for each group, and the cases that held folded."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from streamproof.harness.reports.result import CheckState, RunResult, VerifiedCase

SYMBOLS: Mapping[CheckState, str] = {
    CheckState.HELD: "✓",
    CheckState.BROKEN: "✗",
    CheckState.WARNING: "!",
    CheckState.SKIPPED: "–",
    CheckState.KNOWN: "≈",
    CheckState.FLAKY: "~",
    CheckState.UNJUDGED: "?",
}
"""A state as a character; next to it are always its name and its colour."""

MOST_OPEN_ROWS = 40
"""Groups are open until they show this many rows."""


@dataclass(frozen=True, slots=True)
class MatrixTable:
    """Rows with the same columns: for each case the state of each check, or None."""

    checks: tuple[str, ...]
    rows: tuple[tuple[VerifiedCase, tuple[CheckState | None, ...]], ...]


@dataclass(frozen=True, slots=True)
class MatrixGroup:
    """The cases of a group: those with something to see, and those in which everything held."""

    name: str
    to_see: MatrixTable
    held: MatrixTable
    skipped: tuple[VerifiedCase, ...]
    """The cases in which no check ran."""
    states: Mapping[CheckState, int]
    """How many cases have each state."""
    open: bool


def matrix_of(result: RunResult) -> Iterator[MatrixGroup]:
    """Yield the groups in the order of the run."""
    checks, room = checks_of(result), MOST_OPEN_ROWS
    for name in dict.fromkeys(case.group for case in result.cases):
        group = [case for case in result.cases if case.group == name]
        nothing_to_see = (CheckState.HELD, CheckState.SKIPPED)
        to_see = _table(checks, [case for case in group if case.state not in nothing_to_see])
        yield MatrixGroup(
            name or "other cases",
            to_see,
            _table(checks, [case for case in group if case.state is CheckState.HELD]),
            tuple(case for case in group if case.state is CheckState.SKIPPED),
            {s: n for s in CheckState if (n := sum(case.state is s for case in group))},
            open=bool(to_see.rows) and room > 0,
        )
        room -= len(to_see.rows)


def checks_of(result: RunResult) -> tuple[str, ...]:
    """Return every check of a run; one that not all cases have stands after its predecessor."""
    checks: list[str] = []
    for case in result.cases:
        place = 0
        for outcome in case.outcomes:
            if outcome.check not in checks:
                checks.insert(place, outcome.check)
            place = checks.index(outcome.check) + 1
    return tuple(checks)


def _table(every: tuple[str, ...], cases: Sequence[VerifiedCase]) -> MatrixTable:
    used = {outcome.check for case in cases for outcome in case.outcomes}
    checks = tuple(check for check in every if check in used)
    return MatrixTable(checks, tuple((case, _states(checks, case)) for case in cases))


def _states(checks: tuple[str, ...], case: VerifiedCase) -> tuple[CheckState | None, ...]:
    states = {outcome.check: outcome.state for outcome in case.outcomes}
    return tuple(states.get(check) for check in checks)
