"""The result of a run as data; every report is made from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from streamproof.contracts.verdict import Severity
from streamproof.harness.exit_codes import ExitCode


class CheckState(StrEnum):
    """The outcome of a check or of a case."""

    HELD = "ok"
    BROKEN = "broken"
    WARNING = "warning"  # a rule that only should hold is broken
    SKIPPED = "skipped"  # it depends on a check that failed, or on a capability
    UNJUDGED = "unjudged"  # it failed each time while the machine was too busy to judge it
    KNOWN = "known"  # broken, and in the list of known failures
    FLAKY = "flaky"  # broke, and held when the case ran again


FAILED = (CheckState.BROKEN, CheckState.UNJUDGED, CheckState.WARNING)
"""The states that a report explains."""
EXCUSED = (CheckState.KNOWN, CheckState.FLAKY)
"""The states of a check that the list of known failures excuses."""
NOT_HELD = (CheckState.BROKEN, CheckState.UNJUDGED, *EXCUSED, CheckState.WARNING)
"""The states of a check that has findings, the worst first."""
REFERENCE = "reference"
"""The target of a run that was given no backend, so that it verified the reference relay."""
COMPLETE = "run.complete"
"""The check that is broken in a run that ended early."""


class Leg(StrEnum):
    """The leg that a line of the timeline belongs to."""

    AI = "ai"
    BROWSER = "browser"
    CLIENT = "client"


class MarkKind(StrEnum):
    """What happened at a mark of a timeline."""

    REQUEST = "request"
    FAULT = "fault"  # the scenario broke the reply here
    WRITE = "write"
    EVENT = "event"
    REST = "rest"  # bytes that are not an event
    ENDING = "ending"


@dataclass(frozen=True, slots=True)
class Finding:
    """What broke a check: the message, and what was expected and observed.

    `allowed` are the kinds of events that the contract allowed at this place. It is None where the
    check is not about a place.
    """

    message: str
    expected: str | None = None
    actual: str | None = None
    event_number: int | None = None  # counted from 1
    at_ms: float | None = None
    must: bool = True  # False: a warning
    allowed: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """The entry of the list of known failures that a broken check is in."""

    pattern: str
    reason: str
    issue: str | None = None


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """A check with its findings.

    `because` names the failed check for which it was skipped. `capability` is what the target has
    to declare; a check of something undeclared is skipped. `listed` excuses its findings; `tries`
    counts how many times the case ran.
    """

    check: str
    rule: str
    findings: tuple[Finding, ...] = ()
    because: str | None = None
    capability: str = ""
    declared: bool = True
    severity: Severity = Severity.MUST
    why: str = ""
    changes: tuple[str, ...] = ()
    listed: Listed | None = None
    tries: int = 1
    timed: bool = False
    """Whether a time limit of the harness decides it."""
    holds_again: bool = False
    """Whether it held when the case ran again."""
    unjudged: bool = False
    """Whether it failed only while the machine was too busy to judge it."""

    @property
    def state(self) -> CheckState:
        """The state of the worst finding."""
        if self.skipped_because is not None:
            return CheckState.SKIPPED
        if not self.findings:
            return CheckState.HELD
        if self.holds_again:
            return CheckState.FLAKY
        if self.listed is not None:
            return CheckState.KNOWN
        if self.unjudged:
            return CheckState.UNJUDGED
        is_broken = any(finding.must for finding in self.findings)
        return CheckState.BROKEN if is_broken else CheckState.WARNING

    @property
    def skipped_because(self) -> str | None:
        """Why it was skipped, as the end of a sentence; None if it was not."""
        if not self.declared:
            return f"because the capability {self.capability} is not declared"
        return None if self.because is None else f"because of {self.because}"


@dataclass(frozen=True, slots=True)
class TimelineMark:
    """One line of the timeline; `at_ms` counts from the start of the case.

    `label` is the text in a word or two, `size` the number of bytes, and `number` the number of the
    event, counted from 1, to which findings refer. `who` is the user, in a session with users.
    """

    at_ms: float
    leg: Leg
    text: str
    kind: MarkKind = MarkKind.EVENT
    label: str = ""
    size: int = 0
    number: int | None = None
    who: str = ""

    @property
    def line(self) -> str:
        """The text with the user before it."""
        return f"{self.who}: {self.text}" if self.who else self.text


@dataclass(frozen=True, slots=True)
class VerifiedCase:
    """One scenario, or one question, with the outcomes of all its checks.

    `replay` is the command that repeats it, and `curl` the one that sends its request. A failed
    case has the text of its scenario file in `scenario`.
    """

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
    events: int | None = None
    """How many events arrived; None if the case does not read a stream."""
    curl: str | None = None
    scenario: str | None = None

    @property
    def path(self) -> str:
        """The name with the group before it."""
        return f"{self.group}/{self.name}" if self.group else self.name

    @property
    def state(self) -> CheckState:
        """The state of the worst outcome; skipped if nothing was checked."""
        states = {outcome.state for outcome in self.outcomes}
        order = (*NOT_HELD, CheckState.HELD)
        return next((state for state in order if state in states), CheckState.SKIPPED)

    @property
    def failed(self) -> list[CheckOutcome]:
        """The broken outcomes, those that could not be judged, then those with warnings."""
        return [o for state in FAILED for o in self.outcomes if o.state is state]


@dataclass(frozen=True, slots=True)
class EarlyEnd:
    """Why a run ended early: the error, the exit code, and the mistakes of files that it names."""

    why: str
    exit_code: ExitCode
    problems: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """When and how a run was made: the version of streamproof, and the command without secrets."""

    started: datetime
    seconds: float
    version: str
    command: str
    seed: int | None = None

    @property
    def ended(self) -> datetime:
        """When the run ended."""
        return self.started + timedelta(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class RunResult:
    """A whole run: what was verified, at which address, with which results.

    `planned` has the paths of the cases that were to run, if they are known. `not_judged` has the
    checks that did not run, each with the reason. `capabilities` has what the target declares, each
    with the reason why nothing tested it, or None if something did.
    """

    subject: str  # "relay", "ai", "client", "stream" or "doctor"
    target: str
    cases: tuple[VerifiedCase, ...] = ()
    planned: tuple[str, ...] = ()
    not_judged: Mapping[str, str] = field(default_factory=dict)
    early_end: EarlyEnd | None = None
    record: RunRecord | None = None
    capabilities: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def broken(self) -> list[VerifiedCase]:
        """The cases with a broken check."""
        return [case for case in self.cases if case.state is CheckState.BROKEN]

    @property
    def not_run(self) -> tuple[str, ...]:
        """The paths of the cases that were to run and did not."""
        ran = {case.path for case in self.cases}
        return tuple(path for path in self.planned if path not in ran)

    @property
    def held(self) -> bool:
        """Whether the run is complete and no check is broken."""
        return self.exit_code is ExitCode.OK

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of the run; a run without a case is a usage error."""
        if self.early_end is not None:
            return self.early_end.exit_code
        if not self.cases:
            return ExitCode.USAGE
        if self.broken:
            return ExitCode.BROKEN
        return ExitCode.UNREACHABLE if self.count(CheckState.UNJUDGED) else ExitCode.OK

    def count(self, state: CheckState) -> int:
        """Count the checks with this state, over all cases."""
        return sum(outcome.state is state for _, outcome in self.outcomes())

    def outcomes(self) -> Iterator[tuple[VerifiedCase, CheckOutcome]]:
        """Yield every outcome with its case."""
        return ((case, outcome) for case in self.cases for outcome in case.outcomes)
