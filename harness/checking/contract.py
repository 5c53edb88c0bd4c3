"""The rules of a stream contract as checks, under the name of the leg."""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Protocol

from streamproof.contracts.contract import StreamContract
from streamproof.contracts.media_type import AWS_EVENT_STREAM
from streamproof.contracts.rules import RULES
from streamproof.contracts.text import counted
from streamproof.contracts.verdict import CONTRACT_RULES, Report, Severity, Violation
from streamproof.harness.checking.check import Check
from streamproof.harness.http.reading import StreamReading
from streamproof.harness.reports.result import Finding

# Rules that no stream can break on the frontend leg, and the reasons.
NEVER_ON_FRONTEND: Mapping[str, str] = {
    "type": "every frame has a kind",
    "event-name": "the event name decides the kind",
    "extra-key": "the AI service's extra keys are passed on",
    "event-size": "the contract sets no limit for a frame",
    "gap-deadline": "keep-alive comments are not frames, so a gap means nothing",
    "counter": "frame-ids covers it",
    "blocks": "frames have no blocks",
    "checksum": "frames are server-sent events",
}
# Rules that the AI service's contract does not have, and the reasons.
NEVER_ON_AI_SERVICE: Mapping[str, str] = {
    "frame-ids": "an event may have any ID",
    "message-names": "event-name covers it",
    "gap-deadline": "comments may fill a gap",
    "counter": "events have no numbers",
    "blocks": "events have no blocks",
    "checksum": "events are server-sent events",
}
# Rules that a contract always checks with severity `should`.
ALWAYS_WARNINGS = frozenset({"extra-key", "unfinished-event"})
# Rules whose severity is the `close:` of the contract.
CLOSING = frozenset({"clean-close", "close"})
# Rules of the response head. If one of them is broken, nothing else is checked.
HEAD = ("status", "media-type")
# The number of events that a rule needs before it can be broken.
NEEDED_EVENTS: Mapping[str, int] = {
    "json": 1,
    "type": 1,
    "shape": 1,
    "extra-key": 1,
    "event-name": 1,
    "event-size": 1,
    "order": 1,
    "counter": 1,
    "blocks": 1,
    "frame-ids": 1,
    "message-names": 1,
    "first-event-deadline": 1,
    "gap-deadline": 2,
}
# Rules of what follows a terminal event, and those that are broken if there was no such event.
AFTER_TERMINAL = frozenset({"after-terminal", *CLOSING})
WITHOUT_TERMINAL = frozenset({"checksum", "complete", "unbroken", "stall"})
# The rules of a reply that is one JSON body, besides those of its head.
OF_A_BODY = frozenset({"json", "shape", "extra-key", "unbroken", "stall", "total-deadline"})
TIMED = frozenset({"stall", "close", "first-event-deadline", "gap-deadline", "total-deadline"})
"""The rules that a time limit of the harness decides."""
CAPABILITIES: Mapping[str, str] = {"frame-ids": "ids"}
"""The capability that a rule is about."""
# Rules that say nothing about the kinds and the order of the frames before the end.
_NOT_ABOUT_ORDER = frozenset({"frame-ids", "after-terminal", *CLOSING})

_EVENT = re.compile(r"^event #\d+")


class HasReport(Protocol):
    """A stream that was checked against a contract."""

    @property
    def reading(self) -> StreamReading:
        """The stream."""

    @property
    def report(self) -> Report:
        """The result of the contract."""


def contract_checks(
    leg: str, never: Collection[str], warnings: Collection[str] = ALWAYS_WARNINGS
) -> tuple[Check[HasReport], ...]:
    """Return the checks of a leg, except those in `never`; those in `warnings` only warn."""
    return tuple(
        Check(
            f"{leg}.{name}",
            rule.rule,
            rule.why,
            partial(find_violations, name),
            needs=() if name in HEAD else tuple(f"{leg}.{rule}" for rule in HEAD),
            applies=partial(can_break, name),
            capability=CAPABILITIES.get(name, ""),
            timed=name in TIMED,
            severity=Severity.SHOULD if name in warnings else Severity.MUST,
        )
        for name, rule in CONTRACT_RULES.items()
        if name not in never
    )


def checks_of(
    contract: StreamContract, unseen: Collection[str] = ()
) -> tuple[Check[HasReport], ...]:
    """Return the checks of any contract, under its name, except the rules in `unseen`."""
    never = {*_unused_rules(contract), *unseen}
    closing = CLOSING if contract.close is Severity.SHOULD else frozenset()
    return contract_checks(contract.name, never, ALWAYS_WARNINGS | closing)


def _unused_rules(contract: StreamContract) -> Iterator[str]:
    """Yield the rules that a contract does not use, so that no stream could break them."""
    yield from (name for name in RULES if name not in contract.rules)
    limits: Mapping[str, object] = {
        "counter": contract.counter,
        "blocks": contract.blocks or None,
        "event-size": contract.max_event_bytes,
        "first-event-deadline": contract.deadlines.first_event_ms,
        "gap-deadline": contract.deadlines.gap_ms,
        "total-deadline": contract.deadlines.total_ms,
    }
    yield from (name for name, limit in limits.items() if limit is None)
    if contract.media_type != AWS_EVENT_STREAM:
        yield "checksum"
    if not contract.warns_of_extra_keys:
        yield "extra-key"
    if not any(rule.name or rule.named_as_kind for rule in contract.events.values()):
        yield "event-name"


def can_break(name: str, checked: HasReport) -> bool:
    """Tell whether a reply has what a rule is about: a head, a body, events, a terminal event."""
    transcript = checked.reading.transcript
    if name in HEAD:
        return transcript.status != 0
    if transcript.body is not None:
        return name in OF_A_BODY
    if name in AFTER_TERMINAL:
        return not any(one.check in WITHOUT_TERMINAL for one in checked.report.violations)
    return len(transcript.events) >= NEEDED_EVENTS.get(name, 0)


def find_violations(name: str, checked: HasReport) -> Iterator[Finding]:
    """Find the violations of one rule in a report; equal ones of many events are one finding."""
    report = checked.report
    found: dict[str, list[Violation]] = {}
    for violation in (*report.violations, *report.warnings):
        if violation.check == name:
            found.setdefault(_EVENT.sub("", violation.message), []).append(violation)
    for first, *others in found.values():
        more = f"; the same in {counted(len(others), 'more event')}" if others else ""
        yield Finding(
            first.message + more,
            event_number=first.event_number,
            at_ms=first.at_ms,
            must=first.severity is Severity.MUST,
            allowed=first.allowed,
        )


FRONTEND_CHECKS = contract_checks("frontend", NEVER_ON_FRONTEND)
AI_SERVICE_CHECKS = contract_checks(
    "ai-service", NEVER_ON_AI_SERVICE, warnings=ALWAYS_WARNINGS | CLOSING
)

ORDER_OF_FRAMES = tuple(
    check.id
    for check in FRONTEND_CHECKS
    if check.id.removeprefix("frontend.") not in _NOT_ABOUT_ORDER
)
"""The checks that must hold before the kinds and the order of the frames can be compared."""
