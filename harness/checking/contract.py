"""A stream against its contract: each rule of `contracts` is a check, under the leg's name."""

from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Protocol

from streamproof.contracts.contract import StreamContract
from streamproof.contracts.rules import RULES
from streamproof.contracts.verdict import CONTRACT_RULES, Report, Severity
from streamproof.harness.checking.check import Check
from streamproof.harness.reports.result import Finding

# Rules of the frontend contract that no frame can break, and why.
NEVER_ON_FRONTEND: Mapping[str, str] = {
    "type": "every frame is of some kind",
    "event-name": "the event name is what tells the kind",
    "extra-key": "the AI service's extra keys are passed on",
    "event-size": "a frame has no limit of its own",
    "gap-deadline": "keep-alive comments are no frames, so a gap proves nothing",
}
# Rules that the AI service's contract does not have, and why.
NEVER_ON_AI_SERVICE: Mapping[str, str] = {
    "frame-ids": "ids are free",
    "message-names": "event-name says more",
    "gap-deadline": "comments may bridge a gap",
}
# What says nothing about which frames came, and in which order.
_BESIDE_THE_ORDER = frozenset({"frame-ids", "close", "clean-close"})


class HasReport(Protocol):
    """Something that was judged by a contract."""

    @property
    def judged(self) -> Report:
        """What the contract says about it."""


def contract_checks(leg: str, never: Collection[str]) -> tuple[Check[HasReport], ...]:
    """Make the checks of a leg, all but those that can never fail there."""
    return tuple(
        Check(f"{leg}.{name}", check.rule, partial(find_violations, name))
        for name, check in CONTRACT_RULES.items()
        if name not in never
    )


def checks_of(
    contract: StreamContract, unseen: Collection[str] = ()
) -> tuple[Check[HasReport], ...]:
    """Make the checks of any contract, under its name, but those of what was not seen."""
    return contract_checks(contract.name, {*_not_asked_for(contract), *unseen})


def _not_asked_for(contract: StreamContract) -> Iterator[str]:
    """Name the rules that a contract says nothing about, so that no stream could break them."""
    yield from (name for name in RULES if name not in contract.rules)
    limits = {
        "event-size": contract.max_event_bytes,
        "first-event-deadline": contract.deadlines.first_event_ms,
        "gap-deadline": contract.deadlines.gap_ms,
        "total-deadline": contract.deadlines.total_ms,
    }
    yield from (name for name, limit in limits.items() if limit is None)
    if not contract.warns_of_extra_keys:
        yield "extra-key"


def find_violations(name: str, judged: HasReport) -> Iterator[Finding]:
    """Find what the contract says about one rule."""
    report = judged.judged
    for violation in (*report.violations, *report.warnings):
        if violation.check == name:
            yield Finding(
                violation.message,
                event_number=violation.event_number,
                at_ms=violation.at_ms,
                must=violation.severity is Severity.MUST,
            )


FRONTEND_CHECKS = contract_checks("frontend", NEVER_ON_FRONTEND)
AI_SERVICE_CHECKS = contract_checks("ai-service", NEVER_ON_AI_SERVICE)

ORDER_OF_FRAMES = tuple(
    check.id
    for check in FRONTEND_CHECKS
    if check.id.removeprefix("frontend.") not in _BESIDE_THE_ORDER
)
"""The checks after which the order of the frames is beyond doubt."""
