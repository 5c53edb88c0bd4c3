"""The result of a run as data; every report is made from it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from streamproof.harness.exit_codes import ExitCode


class CheckState(StrEnum):
    """The outcome of a check or of a case."""

    HELD = "ok"
    BROKEN = "broken"
    WARNING = "warning"  # a rule that only should hold is broken
    SKIPPED = "skipped"  # it depends on a check that failed, or there was nothing to check
    UNJUDGED = "unjudged"  # it failed each time while the machine was too busy to judge it


class Leg(StrEnum):
    """The leg that a line of the timeline belongs to."""

    AI = "ai"
    BROWSER = "browser"


@dataclass(frozen=True, slots=True)
class Finding:
    """What broke a check: the message, and what was expected and observed."""

    message: str
    expected: str | None = None
    actual: str | None = None
    event_number: int | None = None  # counted from 1
    at_ms: float | None = None
    must: bool = True  # False: a warning


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """A check with its findings; `because` names the failed check for which it was skipped.

    `capability` is what the target has to declare; a check of something undeclared is skipped.
    """

    check: str
    rule: str
    findings: tuple[Finding, ...] = ()
    because: str | None = None
    capability: str = ""
    declared: bool = True
    unjudged: bool = False
    """Whether it failed only while the machine was too busy to judge it."""

    @property
    def state(self) -> CheckState:
        """The state of the worst finding."""
        if self.because is not None or not self.declared:
            return CheckState.SKIPPED
        if self.unjudged and self.findings:
            return CheckState.UNJUDGED
        if any(finding.must for finding in self.findings):
            return CheckState.BROKEN
        return CheckState.WARNING if self.findings else CheckState.HELD


@dataclass(frozen=True, slots=True)
class TimelineMark:
    """One line of the timeline; `at_ms` counts from the start of the case."""

    at_ms: float
    leg: Leg
    text: str


@dataclass(frozen=True, slots=True)
class VerifiedCase:
    """One scenario, or one question, with the outcomes of all its checks."""

    name: str
    title: str
    group: str = ""
    file: str | None = None
    outcomes: tuple[CheckOutcome, ...] = ()
    timeline: tuple[TimelineMark, ...] = ()
    replay: str | None = None
    facts: dict[str, str] = field(default_factory=dict)
    skipped: str | None = None
    """Why the case was not run."""
    capabilities: tuple[str, ...] = ()
    """The capabilities that the case as a whole tests."""

    @property
    def state(self) -> CheckState:
        """The state of the worst outcome; skipped if nothing was checked."""
        states = {outcome.state for outcome in self.outcomes}
        order = (
            CheckState.BROKEN,
            CheckState.UNJUDGED,
            CheckState.WARNING,
            CheckState.HELD,
        )
        return next((state for state in order if state in states), CheckState.SKIPPED)

    @property
    def failed(self) -> list[CheckOutcome]:
        """The broken outcomes, those that could not be judged, then those with warnings."""
        order = (CheckState.BROKEN, CheckState.UNJUDGED, CheckState.WARNING)
        return [o for state in order for o in self.outcomes if o.state is state]


@dataclass(frozen=True, slots=True)
class RunResult:
    """A whole run: what was verified, at which address, with which results."""

    subject: str  # "relay", "ai", "stream" or "doctor"
    target: str
    cases: tuple[VerifiedCase, ...] = ()

    @property
    def broken(self) -> list[VerifiedCase]:
        """The cases with a broken check."""
        return [case for case in self.cases if case.state is CheckState.BROKEN]

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of the run; a run without a case is a usage error."""
        if not self.cases:
            return ExitCode.USAGE
        if self.broken:
            return ExitCode.BROKEN
        return ExitCode.UNREACHABLE if self.count(CheckState.UNJUDGED) else ExitCode.OK

    def count(self, state: CheckState) -> int:
        """Count the checks with this state, over all cases."""
        return sum(outcome.state is state for outcome in self._outcomes())

    def _outcomes(self) -> Iterable[CheckOutcome]:
        return (outcome for case in self.cases for outcome in case.outcomes)
