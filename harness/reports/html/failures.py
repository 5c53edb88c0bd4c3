"""The failures by cause: one explanation for all cases in which the same checks broke alike."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from streamproof.harness.reports.causes import Cause, causes_of, grouped
from streamproof.harness.reports.html.comparing import TextPart, compared
from streamproof.harness.reports.html.drawing import MOST_MARKS, drawing_of
from streamproof.harness.reports.html.shapes import Drawing
from streamproof.harness.reports.result import (
    CheckOutcome,
    CheckState,
    Finding,
    RunResult,
    TimelineMark,
    VerifiedCase,
)

MOST_FINDINGS = 5  # of one check in one case
MOST_DRAWN_OF_A_GROUP = 8
MOST_DRAWN_MARKS = 4_000  # of the whole report, which stays below some 3 MB
MOST_SCENARIO_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding, with its expected and actual text compared."""

    finding: Finding
    expected: tuple[TextPart, ...] | None
    actual: tuple[TextPart, ...] | None


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
class ShownGroup:
    """Causes that the same cases have, and those cases; one is shown in its first group only."""

    causes: tuple[Cause, ...]
    cases: tuple[ShownCase, ...]
    shown_before: tuple[VerifiedCase, ...]
    state: CheckState

    @property
    def checks(self) -> tuple[str, ...]:
        """The IDs of the checks that are explained for the whole group."""
        return tuple(cause.outcome.check for cause in self.causes)


def shown_groups(result: RunResult) -> Iterator[ShownGroup]:
    """Yield the groups, the worst and most frequent first, with as many drawings as have room."""
    room = MOST_DRAWN_MARKS
    shown: set[str] = set()
    for group in grouped(causes_of(result)):
        new = [case for case in group.cases if case.path not in shown]
        shown.update(case.path for case in new)
        cases = []
        for number, case in enumerate(new):
            marks = min(len(case.timeline), MOST_MARKS)
            draw = number < MOST_DRAWN_OF_A_GROUP and marks <= room
            room -= marks if draw else 0
            cases.append(_shown(case, draw=draw))
        before = tuple(case for case in group.cases if case not in new)
        yield ShownGroup(group.causes, tuple(cases), before, group.state)


def anchors(result: RunResult) -> Mapping[str, str]:
    """Return the anchor of each failed case by the path of the case."""
    failed = (case.path for case in result.cases if case.failed)
    return {path: f"case-{number}" for number, path in enumerate(failed, start=1)}


def _shown(case: VerifiedCase, *, draw: bool) -> ShownCase:
    text = case.scenario
    return ShownCase(
        case,
        tuple(_shown_check(outcome) for outcome in case.failed),
        drawing_of(case) if draw else None,
        tuple(sorted(case.timeline, key=_time)[:MOST_MARKS]) if draw else (),
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


def _time(mark: TimelineMark) -> float:
    return mark.at_ms
