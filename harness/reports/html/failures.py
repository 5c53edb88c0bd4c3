"""The failures by cause: one explanation for all cases in which the same checks broke alike."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from streamproof.contracts.text import one_line
from streamproof.harness.reports.causes import Cause, causes_of, grouped
from streamproof.harness.reports.html.comparing import TextPart, beginning, compared
from streamproof.harness.reports.html.drawing import LONGEST_LABEL, drawing_of
from streamproof.harness.reports.html.shapes import Drawing
from streamproof.harness.reports.result import (
    CheckOutcome,
    CheckState,
    Finding,
    RunResult,
    VerifiedCase,
)

MOST_FINDINGS = 5  # of one check in one case
BRIEF_CHARACTERS = 160  # of a mark in the list, and of a message without room
MOST_DRAWN_OF_A_GROUP = 8
MOST_BYTES = 1_500_000
"""How much all findings, drawings and scenarios take; the matrix and the rules come on top."""
MARK_BYTES = 250  # of the tags around the texts of a mark
MOST_SCENARIO_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding, with its message cut, and its expected and actual text compared."""

    finding: Finding
    message: str
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
    """A failed case with all its failed checks, and what else the report has room for."""

    case: VerifiedCase
    checks: tuple[ShownCheck, ...]
    drawing: Drawing | None
    scenario: str | None
    cut_characters: int
    """How many characters of the scenario are left out."""
    omitted: tuple[str, ...]
    """What the report has no room for."""


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
    """Yield the groups, the worst and most frequent first, with as much of each case as has room.

    The first case of every group is given room before the second one of any.
    """
    groups = grouped(causes_of(result))
    seen: set[str] = set()
    new = []
    for group in groups:
        new.append([case for case in group.cases if case.path not in seen])
        seen.update(case.path for case in group.cases)
    room = _Room()
    turns = sorted((number, n) for n, cases in enumerate(new) for number in range(len(cases)))
    shown = {(n, number): _shown(new[n][number], number, room) for number, n in turns}
    for n, group in enumerate(groups):
        cases = tuple(shown[n, number] for number in range(len(new[n])))
        before = tuple(case for case in group.cases if case not in new[n])
        yield ShownGroup(group.causes, cases, before, group.state)


@dataclass(slots=True)
class _Room:
    """The room that is left in the report."""

    left: int = MOST_BYTES

    def takes(self, texts: Sequence[str | None], tags: int = 0) -> bool:
        """Take the room for texts as they are escaped, and for tags, if there is enough."""
        given = [text for text in texts if text]
        if tags + sum(map(len, given)) > self.left:  # escaping only makes it longer
            return False
        size = tags + sum(len(escape(one_line(text)).encode()) for text in given)
        has_room = size <= self.left
        self.left -= size if has_room else 0
        return has_room


def anchors(result: RunResult) -> Mapping[str, str]:
    """Return the anchor of each failed case by the path of the case."""
    failed = (case.path for case in result.cases if case.failed)
    return {path: f"case-{number}" for number, path in enumerate(failed, start=1)}


def _shown(case: VerifiedCase, number: int, room: _Room) -> ShownCase:
    """Return a case with what has room; `number` is its place in its group."""
    checks = tuple(_shown_check(outcome, room) for outcome in case.failed)
    drawing = drawing_of(case) if number < MOST_DRAWN_OF_A_GROUP else None
    marks = () if drawing is None else drawing.marks
    texts = [mark.line[:most] for mark in marks for most in (LONGEST_LABEL, BRIEF_CHARACTERS)]
    draw = room.takes(texts, len(marks) * MARK_BYTES)
    scenario = None if case.scenario is None else case.scenario[:MOST_SCENARIO_CHARACTERS]
    has_scenario = room.takes([scenario])
    omitted = {
        "expected and actual texts": any(_lacks_texts(one) for c in checks for one in c.findings),
        "the timeline": bool(case.timeline) and not (marks and draw),
        "the scenario file": not has_scenario,
    }
    return ShownCase(
        case,
        checks,
        drawing if draw else None,
        scenario if has_scenario else None,
        max(0, len(case.scenario or "") - MOST_SCENARIO_CHARACTERS),
        tuple(what for what, is_omitted in omitted.items() if is_omitted),
    )


def _shown_check(outcome: CheckOutcome, room: _Room) -> ShownCheck:
    shown = tuple(_shown_findings(outcome.findings[:MOST_FINDINGS], room))
    return ShownCheck(outcome, shown, len(outcome.findings) - len(shown))


def _shown_findings(findings: Iterable[Finding], room: _Room) -> Iterator[ShownFinding]:
    """Yield the findings that have room; of the first one, there is always room for the message."""
    for number, finding in enumerate(findings):
        message = beginning(finding.message)
        texts = [beginning(text) for text in (finding.expected, finding.actual)]
        if room.takes([message, *texts, *texts]):  # twice, because of the marked differences
            yield ShownFinding(finding, message, *compared(*texts))
        elif number == 0:
            yield ShownFinding(finding, beginning(finding.message, BRIEF_CHARACTERS), None, None)


def _lacks_texts(shown: ShownFinding) -> bool:
    finding = shown.finding
    has_texts = finding.expected is not None or finding.actual is not None
    return has_texts and shown.expected is None and shown.actual is None
