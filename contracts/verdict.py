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
    """The end did not arrive in time, or not within the limits of the reader."""
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
    """A rule of a contract: the verdict if it is broken, the rule as a sentence, and its reason."""

    verdict: Verdict
    rule: str
    why: str


CONTRACT_RULES: Final[Mapping[str, ContractRule]] = {
    "status": ContractRule(
        Verdict.NOT_A_STREAM,
        "The HTTP status is 200.",
        "An EventSource reads only a response with status 200. After any other status it stops"
        " and never reconnects.",
    ),
    "media-type": ContractRule(
        Verdict.NOT_A_STREAM,
        "The Content-Type is the one of the contract, and a charset is UTF-8.",
        "Browsers read an event stream only under text/event-stream, and always as UTF-8. Proxies"
        " use the type to decide whether they may buffer the response.",
    ),
    "json": ContractRule(
        Verdict.VIOLATED,
        "Data is JSON where it must be, without duplicate keys and NaN.",
        "The data is not JSON, has a key twice, or contains NaN. Clients treat such data in"
        " different ways: some stop, others use the last key. So it breaks one client and not"
        " another.",
    ),
    "type": ContractRule(
        Verdict.VIOLATED,
        "The event is of a kind that the contract knows.",
        "Clients ignore unknown events without an error, so the text in such an event is lost.",
    ),
    "shape": ContractRule(
        Verdict.VIOLATED,
        "The body of an event fits the schema of its kind.",
        "The event is of a known kind, but its body lacks a key, or has a value of another type."
        " A client that reads this key fails.",
    ),
    "extra-key": ContractRule(
        Verdict.VIOLATED,
        "A body has no keys that its schema does not name.",
        "Clients must ignore unknown keys, so this is only a warning. Look at it anyway: a"
        " misspelt optional key looks the same.",
    ),
    "event-name": ContractRule(
        Verdict.VIOLATED,
        "An event has the event name of its kind.",
        "The event has another name than its kind requires. A listener for the right name never"
        " receives it.",
    ),
    "event-size": ContractRule(
        Verdict.VIOLATED,
        "The data of an event is not larger than allowed.",
        "A client must hold a complete event in memory, so it sets a limit. It stops at an event"
        " that exceeds the limit.",
    ),
    "checksum": ContractRule(
        Verdict.VIOLATED,
        "A binary frame has right sizes and checksums.",
        "A size, a header or a checksum of a frame is wrong. Nothing tells where the next frame"
        " begins, so clients stop with an error, and everything after the frame is lost.",
    ),
    "order": ContractRule(
        Verdict.VIOLATED,
        "Events come in the order of the contract's sequence.",
        "The event is valid, but it is in the wrong place. The message names the kinds that may"
        " come here. The complete rule is the `sequence` of the contract file.",
    ),
    "counter": ContractRule(
        Verdict.VIOLATED,
        "The counter of the contract counts from 0 without gaps.",
        "The events of the stream are numbered, and a number is missing, repeated or not the next"
        " one. A client that uses the numbers takes events for lost, or drops them.",
    ),
    "blocks": ContractRule(
        Verdict.VIOLATED,
        "Events with the same id come in the order of their block, and every block is complete.",
        "An event belongs to a block that has not begun or has already ended, or a block is still"
        " open where it had to be complete. Clients collect the parts of a block by its id: some"
        " raise an error, others lose the part or join it to another block.",
    ),
    "frame-ids": ContractRule(
        Verdict.VIOLATED,
        "Frames have the ids {turnId}:{n}, and n counts from 0 without gaps.",
        "After a lost connection, the browser sends the id of the last frame to continue from"
        " there. A gap in the numbers loses frames; a repeated number shows a frame twice.",
    ),
    "message-names": ContractRule(
        Verdict.VIOLATED,
        "A message has its own event name, and no frame is named start.",
        "The frame has the body of one message and the name of another, or its name is start."
        " Pages listen by name, so the frame reaches the wrong listener or no listener.",
    ),
    "after-terminal": ContractRule(
        Verdict.OVERRUN,
        "After a terminal event only comments come, and what the contract allows.",
        "Clients close at the terminal event, so everything after it is lost. A second end can"
        " also end the next reply by mistake.",
    ),
    "complete": ContractRule(
        Verdict.TRUNCATED,
        "The body ends only after a terminal event.",
        "The body ended properly, but without the terminal event. The answer may be incomplete,"
        " and only the missing event shows it.",
    ),
    "unfinished-event": ContractRule(
        Verdict.TRUNCATED,
        "A blank line ends the last event.",
        "By the SSE standard a client drops an event without a blank line after it, so the text"
        " of this event is lost.",
    ),
    "unbroken": ContractRule(
        Verdict.ABORTED,
        "The connection lasts until a terminal event arrives.",
        "The connection was reset, or the body was cut off, before the terminal event. The page"
        " has half an answer, and an EventSource reconnects.",
    ),
    "clean-close": ContractRule(
        Verdict.ABORTED,
        "After the terminal event the body ends properly, not by a broken connection.",
        "The terminal event arrived, and then the connection broke. Clients report a network"
        " error after a complete answer, or reconnect.",
    ),
    "stall": ContractRule(
        Verdict.STALLED,
        "Events keep arriving until a terminal one.",
        "Nothing more arrived, and the stream had not ended when the reader stopped waiting. A"
        " page would wait in the same way.",
    ),
    "limits": ContractRule(
        Verdict.STALLED,
        "The stream ends within the limits of the reader.",
        "The stream did not end before the reader had as many bytes or events as it takes. Usually"
        " the sender repeats itself without end, which fills the memory of a page. A line of the"
        " head can be too long as well. The message names the limit.",
    ),
    "close": ContractRule(
        Verdict.STALLED,
        "The connection closes after the terminal event.",
        "The terminal event arrived, but the connection stayed open. An EventSource then waits"
        " without end, and the server keeps the resources of the connection.",
    ),
    "first-event-deadline": ContractRule(
        Verdict.STALLED,
        "The first event arrives in time.",
        "The first event arrived later than the contract allows. A page that shows nothing for"
        " this time looks broken.",
    ),
    "gap-deadline": ContractRule(
        Verdict.STALLED,
        "Each event follows the previous one in time.",
        "The time between two events was longer than the contract allows. Comments keep a"
        " connection alive, but they are not events.",
    ),
    "total-deadline": ContractRule(
        Verdict.STALLED,
        "The stream ends in time.",
        "The whole stream took longer than the contract allows. Without this limit, a reader"
        " would wait for a stuck reply without end.",
    ),
}
"""Every rule by its stable id."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One failed check.

    `check` is its ID. Events are counted from 1, and times are milliseconds since the request; both
    are None where they do not apply. `allowed` has the kinds that could come at this place. A rule
    that is not about a place in the sequence has None there.
    """

    check: str
    message: str
    event_number: int | None = None
    at_ms: float | None = None
    severity: Severity = Severity.MUST
    allowed: tuple[str, ...] | None = None

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
