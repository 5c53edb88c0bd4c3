"""The result of a run, as data: every report is made of this one object."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from harness.exit_codes import ExitCode


class State(StrEnum):
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
class Outcome:
    """A check with what it found; `because` names the failed check that made it say nothing."""

    check: str
    rule: str
    findings: tuple[Finding, ...] = ()
    because: str | None = None

    @property
    def state(self) -> State:
        """The worst of the findings."""
        if self.because is not None:
            return State.SKIPPED
        if any(finding.must for finding in self.findings):
            return State.BROKEN
        return State.WARNING if self.findings else State.HELD


@dataclass(frozen=True, slots=True)
class Mark:
    """One line of the timeline, `at_ms` after the case began."""

    at_ms: float
    leg: Leg
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """One scenario, or one question, with all that was checked."""

    name: str
    title: str
    group: str = ""
    file: str | None = None
    outcomes: tuple[Outcome, ...] = ()
    timeline: tuple[Mark, ...] = ()
    replay: str | None = None
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> State:
        """The worst of the outcomes."""
        states = {outcome.state for outcome in self.outcomes}
        return next((s for s in (State.BROKEN, State.WARNING) if s in states), State.HELD)

    @property
    def failed(self) -> list[Outcome]:
        """The outcomes that are not held, worst first."""
        order = (State.BROKEN, State.WARNING)
        return [o for state in order for o in self.outcomes if o.state is state]


@dataclass(frozen=True, slots=True)
class Result:
    """A whole run: what was proved, and where."""

    subject: str  # what was proved: "relay", "ai", "stream"
    target: str
    cases: tuple[Case, ...] = ()

    @property
    def broken(self) -> list[Case]:
        """The cases in which something that must hold did not."""
        return [case for case in self.cases if case.state is State.BROKEN]

    @property
    def exit_code(self) -> ExitCode:
        """Success means that something was proved: an empty run is a usage error."""
        if not self.cases:
            return ExitCode.USAGE
        return ExitCode.BROKEN if self.broken else ExitCode.OK

    def count(self, state: State) -> int:
        """Count the checks that came out like this, over all cases."""
        return sum(outcome.state is state for outcome in self._outcomes())

    def _outcomes(self) -> Iterable[Outcome]:
        return (outcome for case in self.cases for outcome in case.outcomes)
