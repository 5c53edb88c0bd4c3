"""The result of a run, as data: every report is made of this one object."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from streamproof.harness.exit_codes import ExitCode


class CheckState(StrEnum):
    """How a check, or a case, came out."""

    HELD = "ok"
    BROKEN = "broken"
    WARNING = "warning"  # only something that should hold did not
    SKIPPED = "skipped"  # it says nothing beyond a check that failed already


class Leg(StrEnum):
    """Which side of the relay a line of the timeline belongs to."""

    AI = "ai"
    BROWSER = "browser"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that did not hold."""

    message: str
    expected: str | None = None
    actual: str | None = None
    event_number: int | None = None  # counted from 1
    at_ms: float | None = None
    must: bool = True


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """A check with what it found; `because` names the failed check that made it say nothing."""

    check: str
    rule: str
    findings: tuple[Finding, ...] = ()
    because: str | None = None

    @property
    def state(self) -> CheckState:
        """The worst of the findings."""
        if self.because is not None:
            return CheckState.SKIPPED
        if any(finding.must for finding in self.findings):
            return CheckState.BROKEN
        return CheckState.WARNING if self.findings else CheckState.HELD


@dataclass(frozen=True, slots=True)
class TimelineMark:
    """One line of the timeline, `at_ms` after the case began."""

    at_ms: float
    leg: Leg
    text: str


@dataclass(frozen=True, slots=True)
class VerifiedCase:
    """One scenario, or one question, with all that was checked."""

    name: str
    title: str
    group: str = ""
    file: str | None = None
    outcomes: tuple[CheckOutcome, ...] = ()
    timeline: tuple[TimelineMark, ...] = ()
    replay: str | None = None
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> CheckState:
        """The worst of the outcomes."""
        states = {outcome.state for outcome in self.outcomes}
        return next(
            (s for s in (CheckState.BROKEN, CheckState.WARNING) if s in states), CheckState.HELD
        )

    @property
    def failed(self) -> list[CheckOutcome]:
        """The outcomes that are not held, worst first."""
        order = (CheckState.BROKEN, CheckState.WARNING)
        return [o for state in order for o in self.outcomes if o.state is state]


@dataclass(frozen=True, slots=True)
class RunResult:
    """A whole run: what was proved, and where."""

    subject: str  # what was proved: "relay", "ai", "stream"
    target: str
    cases: tuple[VerifiedCase, ...] = ()

    @property
    def broken(self) -> list[VerifiedCase]:
        """The cases in which something that must hold did not."""
        return [case for case in self.cases if case.state is CheckState.BROKEN]

    @property
    def exit_code(self) -> ExitCode:
        """Success means that something was proved: an empty run is a usage error."""
        if not self.cases:
            return ExitCode.USAGE
        return ExitCode.BROKEN if self.broken else ExitCode.OK

    def count(self, state: CheckState) -> int:
        """Count the checks that came out like this, over all cases."""
        return sum(outcome.state is state for outcome in self._outcomes())

    def _outcomes(self) -> Iterable[CheckOutcome]:
        return (outcome for case in self.cases for outcome in case.outcomes)
