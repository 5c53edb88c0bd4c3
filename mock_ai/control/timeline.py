"""One reply on a time axis: the planned writes, the actual writes, and the deliveries.

Times count from the start of the reply. The plan after a hold is shifted by the length of the hold.
A delivery may have a time before the start.
"""

from __future__ import annotations

import base64
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Final

from streamproof.contracts.text import rounded_ms
from streamproof.mock_ai.actions import Hold
from streamproof.mock_ai.actions.position import EventFault, Placed
from streamproof.mock_ai.control.faults import fault_json, faults_of
from streamproof.mock_ai.control.json_views import (
    JsonObject,
    bytes_json,
    delivery_json,
    entry_json,
    event_json,
    state_json,
    title_of,
)
from streamproof.mock_ai.http1.reply_reader import ReplyReader
from streamproof.mock_ai.journal.journal import SentWrite

if TYPE_CHECKING:
    from streamproof.mock_ai.control.scope import Scope
    from streamproof.mock_ai.faults import Fault
    from streamproof.mock_ai.journal.journal import JournalEntry

MAX_SHOWN_BYTES: Final = 8 * 1_048_576
"""Bytes of one reply in a timeline; the journal has all bytes."""


@dataclass(slots=True)
class PlannedReply:
    """The planned times of all writes, and the body bytes and events after each of them.

    Writes that were not made are included.
    """

    writes_ms: list[float] = field(default_factory=list)
    holds: list[JsonObject] = field(default_factory=list)
    body_bytes: list[int] = field(default_factory=list)
    events: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, entry: JournalEntry) -> PlannedReply:
        """Compute the planned times of a reply's writes and holds."""
        plan, read = cls(), ReplyReader(entry.request.method)
        scale = 1 / entry.speed if entry.speed else 0.0
        held_ms, last_ms = -inf, 0.0
        for action in entry.actions:
            if isinstance(action, Hold):
                hold = {"at_ms": rounded_ms(last_ms), "until": action.until}
                plan.holds.append({**hold, "index": len(plan.writes_ms)})
                held_ms = last_ms
                continue
            number = len(plan.writes_ms)
            anchor_ms = entry.anchor_ms(number)
            if number >= entry.written:  # the length of a running hold is unknown
                anchor_ms = max(anchor_ms, held_ms)
            last_ms = anchor_ms + action.at_ms * scale
            read.feed(action.data)
            plan.writes_ms.append(last_ms)
            plan.body_bytes.append(read.body_bytes)
            plan.events.append(read.events)
        return plan

    def place_of(self, fault: Fault) -> float | None:
        """Return the time of a fault in ms; None if the fault does not have one place."""
        if not isinstance(fault, Placed | EventFault):
            return None
        if fault.after_ms is not None:
            return fault.after_ms
        if fault.after_events is not None:
            return self._when(self.events, fault.after_events)
        if fault.after_bytes is not None:
            return self._when(self.body_bytes, fault.after_bytes)
        return None if fault.at_event is None else self._when(self.events, fault.at_event)

    def _when(self, counts: Sequence[int], reached: int) -> float | None:
        """Return the time of the first write with this count, or of the last write."""
        if not counts:
            return None
        return self.writes_ms[min(bisect_left(counts, reached), len(counts) - 1)]


def timeline_json(entry: JournalEntry, scope: Scope) -> JsonObject:
    """Return everything that is known about a reply."""
    plan = PlannedReply.of(entry)
    read = ReplyReader(entry.request.method)
    runs = scope.state.runs
    began_ms = _began_ms(entry)
    seen = runs.deliveries.of(entry.request.question.message_id)
    return {
        **entry_json(entry),
        **state_json(runs.live(entry)),
        "title": title_of(entry, scope.state.registry),
        "refusal": _refusal_json(entry),
        "began_ms": rounded_ms(began_ms),
        "now_ms": rounded_ms(runs.clock.now_ms()),
        "headers": [list(header) for header in entry.request.headers],
        "body": bytes_json(entry.request.body),
        "faults": [
            {"fault": fault_json(fault), "at_ms": rounded_ms(plan.place_of(fault))}
            for fault in faults_of(entry, scope.state.registry)
        ],
        "attempts": list(_attempts(entry, scope)),
        "planned_ms": [*map(rounded_ms, plan.writes_ms)],
        "holds": plan.holds,
        "sent": list(_show_writes(entry, read)),
        "total_bytes": read.bytes,
        "total_events": read.events,
        "problem": read.problem,
        "seen": [delivery_json(one, began_ms or 0.0) for one in seen],
        "downstream": runs.deliveries.reported,
    }


def _began_ms(entry: JournalEntry) -> float | None:
    """Return the start of the reply; a refusal is written at once."""
    return entry.began_ms if entry.refusal is None else entry.refusal.at_ms


def _refusal_json(entry: JournalEntry) -> JsonObject | None:
    if entry.refusal is None:
        return None
    return {"status": entry.refusal.status, "body": entry.refusal.body}


def _show_writes(entry: JournalEntry, read: ReplyReader) -> Iterator[JsonObject]:
    """Yield each write with the events that it completes, up to the limit of bytes."""
    left = MAX_SHOWN_BYTES
    refusal = entry.refusal
    for sent in entry.writes if refusal is None else [SentWrite(0, 0, refusal.data)]:
        size, events = len(sent.data), read.feed(sent.data)
        yield {
            "actual_ms": rounded_ms(sent.actual_ms),
            "size": size,
            "base64": base64.b64encode(sent.data[:left]).decode(),
            "events": [event_json(event) for event in events] if size <= left else [],
        }
        left = max(0, left - size)


def _attempts(entry: JournalEntry, scope: Scope) -> Iterator[JsonObject]:
    """Yield all attempts for the same message, with times from the start of this one."""
    message_id = entry.request.question.message_id
    began_ms = _began_ms(entry)
    for other in scope.journal:
        same = message_id is not None and other.request.question.message_id == message_id
        other_ms = _began_ms(other)
        if (same or other is entry) and other_ms is not None and began_ms is not None:
            yield {
                "number": other.number,
                "attempt": other.attempt,
                "at_ms": rounded_ms(other_ms - began_ms),
                "ending": other.ending,
            }
