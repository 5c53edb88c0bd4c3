"""The verdicts on a stream, and the checks that lead to them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class Verdict(StrEnum):
    """The result of a contract on a stream. The first check that fails decides."""

    COMPLETED = "completed"
    VIOLATED = "violated"
    """An event was wrong, or in the wrong place."""
    TRUNCATED = "truncated"
    """The body ended properly while more was due."""
    ABORTED = "aborted"
    """The connection broke while more was due."""
    STALLED = "stalled"
    """Too little arrived in time."""
    OVERRUN = "overrun"
    """Something came after the terminal event."""
    NOT_A_STREAM = "not_a_stream"
    """The status or the content type was wrong."""


class Severity(StrEnum):
    """How strict a check is: only `must` decides the verdict, and `should` gives a warning."""

    MUST = "must"
    SHOULD = "should"


@dataclass(frozen=True, slots=True)
class ContractRule:
    """The verdict that a broken rule leads to, and the rule in one sentence."""

    verdict: Verdict
    rule: str


CONTRACT_RULES: Final[Mapping[str, ContractRule]] = {
    "status": ContractRule(Verdict.NOT_A_STREAM, "The HTTP status is 200."),
    "media-type": ContractRule(
        Verdict.NOT_A_STREAM, "The Content-Type is text/event-stream, and a charset is UTF-8."
    ),
    "json": ContractRule(
        Verdict.VIOLATED, "Data is JSON where it must be, without duplicate keys and NaN."
    ),
    "type": ContractRule(Verdict.VIOLATED, "The event is of a kind that the contract knows."),
    "shape": ContractRule(Verdict.VIOLATED, "The body of an event fits the schema of its kind."),
    "extra-key": ContractRule(
        Verdict.VIOLATED, "A body has no keys that its schema does not name."
    ),
    "event-name": ContractRule(
        Verdict.VIOLATED, "An event travels under the event name of its kind."
    ),
    "event-size": ContractRule(
        Verdict.VIOLATED, "The data of an event is not larger than allowed."
    ),
    "order": ContractRule(Verdict.VIOLATED, "Events come in the order of the contract's sequence."),
    "frame-ids": ContractRule(
        Verdict.VIOLATED, "Frames have the ids {turnId}:{n}, n counted from 0 without holes."
    ),
    "message-names": ContractRule(
        Verdict.VIOLATED, "A message travels under its own event name, and no frame is named start."
    ),
    "after-terminal": ContractRule(
        Verdict.OVERRUN, "Nothing but comments comes after a terminal event."
    ),
    "complete": ContractRule(Verdict.TRUNCATED, "The body ends only after a terminal event."),
    "unfinished-event": ContractRule(Verdict.TRUNCATED, "The last event is ended by a blank line."),
    "unbroken": ContractRule(
        Verdict.ABORTED, "The connection lasts until a terminal event has come."
    ),
    "clean-close": ContractRule(
        Verdict.ABORTED,
        "After the terminal event the body ends properly, not by a broken connection.",
    ),
    "stall": ContractRule(Verdict.STALLED, "Events keep coming until a terminal one."),
    "close": ContractRule(Verdict.STALLED, "After the terminal event the connection is closed."),
    "first-event-deadline": ContractRule(Verdict.STALLED, "The first event comes in time."),
    "gap-deadline": ContractRule(Verdict.STALLED, "Each event follows the one before it in time."),
    "total-deadline": ContractRule(Verdict.STALLED, "The stream ends in time."),
}
"""Every check by its stable id."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One failed check.

    `check` is its ID. Events are counted from 1, and times are milliseconds since the request; both
    are None where they do not apply.
    """

    check: str
    message: str
    event_number: int | None = None
    at_ms: float | None = None
    severity: Severity = Severity.MUST

    @property
    def verdict(self) -> Verdict:
        """The verdict that the failed check leads to."""
        return CONTRACT_RULES[self.check].verdict


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on one stream; `warnings` are the failed checks of severity `should`."""

    verdict: Verdict
    violations: tuple[Violation, ...]
    warnings: tuple[Violation, ...]

    @property
    def holds(self) -> bool:
        """Whether the stream keeps its contract."""
        return self.verdict is Verdict.COMPLETED


def make_report(found: list[Violation]) -> Report:
    """Return the report; the first failed `must` decides, as later ones often follow from it."""
    violations = tuple(v for v in found if v.severity is Severity.MUST)
    warnings = tuple(v for v in found if v.severity is Severity.SHOULD)
    verdict = violations[0].verdict if violations else Verdict.COMPLETED
    return Report(verdict, violations, warnings)
