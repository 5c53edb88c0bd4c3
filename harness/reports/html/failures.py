"""The failures by cause: one explanation for all cases in which the same check broke alike."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from streamproof.harness.reports.html.drawing import MOST_MARKS, Drawing, drawing_of, listed
from streamproof.harness.reports.html.pieces import Piece, compared
from streamproof.harness.reports.result import (
    FAILED,
    CheckOutcome,
    CheckState,
    Finding,
    RunResult,
    TimelineMark,
    VerifiedCase,
)

MOST_FINDINGS = 5  # of one check in one case
MOST_DRAWN_OF_A_CAUSE = 8
MOST_DRAWN_MARKS = 4_000  # of the whole report, which stays below some 3 MB
MOST_SCENARIO_CHARACTERS = 4_000

_VARYING = re.compile(r"\d+|'[^']*'|\"[^\"]*\"")


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding, with its expected and actual text compared."""

    finding: Finding
    expected: tuple[Piece, ...] | None
    actual: tuple[Piece, ...] | None


@dataclass(frozen=True, slots=True)
class ShownCheck:
    """A failed check of a case with its first findings."""

    outcome: CheckOutcome
    findings: tuple[ShownFinding, ...]
    more: int


@dataclass(frozen=True, slots=True)
class ShownCase:
    """A failed case with all its failed checks; a drawing only if the report has room for it."""

    case: VerifiedCase
    checks: tuple[ShownCheck, ...]
    drawing: Drawing | None
    marks: tuple[TimelineMark, ...]
    scenario: str | None
    cut_characters: int
    """How many characters of the scenario are left out."""


@dataclass(frozen=True, slots=True)
class Cause:
    """The cases in which the same check failed first, with the same message but for its values."""

    outcome: CheckOutcome
    cases: tuple[ShownCase, ...]


def causes_of(result: RunResult) -> list[Cause]:
    """Return the causes, the broken checks before the warnings, the most frequent first."""
    alike: dict[tuple[CheckState, str, str], list[VerifiedCase]] = {}
    for case in result.cases:
        if case.failed:
            alike.setdefault(_cause(case), []).append(case)
    order = sorted(alike.items(), key=lambda item: (FAILED.index(item[0][0]), -len(item[1])))
    room = MOST_DRAWN_MARKS
    causes = []
    for _, cases in order:
        shown = []
        for number, case in enumerate(cases):
            marks = min(len(case.timeline), MOST_MARKS)
            has_room = number < MOST_DRAWN_OF_A_CAUSE and marks <= room
            room -= marks if has_room else 0
            shown.append(_shown(case, draw=has_room))
        causes.append(Cause(cases[0].failed[0], tuple(shown)))
    return causes


def anchors(result: RunResult) -> Mapping[int, str]:
    """Return the anchors of the failed cases, by the identity of the case."""
    failed = (case for case in result.cases if case.failed)
    return {id(case): f"case-{number}" for number, case in enumerate(failed, start=1)}


def _cause(case: VerifiedCase) -> tuple[CheckState, str, str]:
    first = case.failed[0]
    return first.state, first.check, _VARYING.sub("…", first.findings[0].message)


def _shown(case: VerifiedCase, *, draw: bool) -> ShownCase:
    text = case.scenario
    return ShownCase(
        case,
        tuple(_shown_check(outcome) for outcome in case.failed),
        drawing_of(case) if draw else None,
        tuple(listed(case.timeline)[:MOST_MARKS]) if draw else (),
        None if text is None else text[:MOST_SCENARIO_CHARACTERS],
        max(0, len(text or "") - MOST_SCENARIO_CHARACTERS),
    )


def _shown_check(outcome: CheckOutcome) -> ShownCheck:
    shown = tuple(_shown_findings(outcome.findings[:MOST_FINDINGS]))
    return ShownCheck(outcome, shown, len(outcome.findings) - len(shown))


def _shown_findings(findings: Iterable[Finding]) -> Iterator[ShownFinding]:
    for finding in findings:
        expected, actual = compared(finding.expected, finding.actual)
        yield ShownFinding(finding, expected, actual)
