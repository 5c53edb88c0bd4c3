"""One reply on an axis of time: what was planned, what was written, what was seen downstream.

Times count from the start of the reply, those of the plan after a hold from its release. What was
seen may have a time before the start.
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
from streamproof.mock_ai.actions.position import Chosen, Placed
from streamproof.mock_ai.control.faults import fault_json, faults_of
from streamproof.mock_ai.control.json_views import (
    JsonObject,
    bytes_json,
    delivery_json,
    entry_json,
    event_json,
    state_json,
)
from streamproof.mock_ai.http1.reply_reader import ReplyReader

if TYPE_CHECKING:
    from streamproof.mock_ai.control.scope import Scope
    from streamproof.mock_ai.faults import Fault
    from streamproof.mock_ai.journal.journal import JournalEntry

MAX_SHOWN_BYTES: Final = 8 * 1_048_576
"""Of one reply; all bytes are in the journal."""


@dataclass(slots=True)
class PlannedReply:
    """When everything was to leave, also what has not, and what would have come by then."""

    writes_ms: list[float] = field(default_factory=list)
    holds: list[JsonObject] = field(default_factory=list)
    body_bytes: list[int] = field(default_factory=list)
    events: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, entry: JournalEntry) -> PlannedReply:
        """Lay the cues of a reply out in time."""
        plan, read = cls(), ReplyReader(entry.asked.method)
        scale = 1 / entry.speed if entry.speed else 0.0
        held_ms, last_ms = -inf, 0.0
        for cue in entry.cues:
            if isinstance(cue, Hold):
                plan.holds.append({"at_ms": rounded_ms(last_ms), "until": cue.until})
                held_ms = last_ms
                continue
            number = len(plan.writes_ms)
            anchor_ms = entry.anchor_ms(number)
            if number >= entry.written:  # before a hold is over, nobody knows how long it lasts
                anchor_ms = max(anchor_ms, held_ms)
            last_ms = anchor_ms + cue.at_ms * scale
            read.take(cue.data)
            plan.writes_ms.append(last_ms)
            plan.body_bytes.append(read.body_bytes)
            plan.events.append(read.events)
        return plan

    def place_of(self, fault: Fault) -> float | None:
        """Return when a fault strikes, where it has one place."""
        if not isinstance(fault, Placed | Chosen):
            return None
        if fault.after_ms is not None:
            return fault.after_ms
        if fault.after_events is not None:
            return self._when(self.events, fault.after_events)
        if fault.after_bytes is not None:
            return self._when(self.body_bytes, fault.after_bytes)
        return None if fault.at_event is None else self._when(self.events, fault.at_event)

    def _when(self, counts: Sequence[int], reached: int) -> float | None:
        """Return the time of the write with which so many have come, else of the last."""
        if not counts:
            return None
        return self.writes_ms[min(bisect_left(counts, reached), len(counts) - 1)]


def timeline_json(entry: JournalEntry, scope: Scope) -> JsonObject:
    """Show everything that is known of a reply."""
    plan = PlannedReply.of(entry)
    read = ReplyReader(entry.asked.method)
    runs = scope.state.runs
    began_ms = entry.began_ms or 0.0
    seen = runs.downstream.of(entry.asked.question.message_id)
    return {
        **entry_json(entry),
        **state_json(runs.live(entry)),
        "began_ms": rounded_ms(entry.began_ms),
        "now_ms": rounded_ms(runs.clock.now_ms()),
        "headers": [list(header) for header in entry.asked.headers],
        "body": bytes_json(entry.asked.body),
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
        "seen": [delivery_json(one, began_ms) for one in seen],
        "downstream": runs.downstream.reported,
    }


def _show_writes(entry: JournalEntry, read: ReplyReader) -> Iterator[JsonObject]:
    """Show each write with the events that it completes, as far as there is room."""
    left = MAX_SHOWN_BYTES
    for sent in entry.writes:
        size, events = len(sent.data), read.take(sent.data)
        yield {
            "actual_ms": rounded_ms(sent.actual_ms),
            "size": size,
            "base64": base64.b64encode(sent.data[:left]).decode(),
            "events": [event_json(event) for event in events] if size <= left else [],
        }
        left = max(0, left - size)


def _attempts(entry: JournalEntry, scope: Scope) -> Iterator[JsonObject]:
    """Yield every attempt for the same message, itself too, by the start of this one."""
    message_id = entry.asked.question.message_id
    for other in scope.journal:
        same = message_id is not None and other.asked.question.message_id == message_id
        if (same or other is entry) and other.began_ms is not None and entry.began_ms is not None:
            yield {
                "number": other.number,
                "attempt": other.attempt,
                "at_ms": rounded_ms(other.began_ms - entry.began_ms),
                "ending": other.ending,
            }
