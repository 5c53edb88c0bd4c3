"""The timeline of one reply as JSON, with its faults and the other attempts for its message."""

from __future__ import annotations

import asyncio
import base64
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from streamproof.contracts.text import rounded_ms
from streamproof.mock_ai.actions.event_faults import EventFault
from streamproof.mock_ai.actions.position import Placed
from streamproof.mock_ai.control.faults import fault_json, faults_of, offsets_by_meaning
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
from streamproof.mock_ai.journal.timeline import timeline_of

if TYPE_CHECKING:
    from streamproof.mock_ai.control.scope import Scope
    from streamproof.mock_ai.faults import Fault
    from streamproof.mock_ai.http1.writer import ScheduledWrite
    from streamproof.mock_ai.journal.journal import JournalEntry, SentWrite

MAX_SHOWN_BYTES: Final = 8 * 1_048_576
"""Bytes of one reply in a timeline; the journal has all bytes."""


class FaultPlaces:
    """Finds the times of faults by the body bytes and the events after each planned write."""

    def __init__(self, planned: Sequence[ScheduledWrite], method: str) -> None:
        self._planned = planned
        self._body_bytes: list[int] = []
        self._events: list[int] = []
        read = ReplyReader(method)
        for write in planned:
            read.feed(write.data)
            self._body_bytes.append(read.body_bytes)
            self._events.append(read.events)

    def time_of(self, fault: Fault, offset: int | None = None) -> float | None:
        """Return the time of a fault in ms; None if the fault does not have one place.

        `offset` is its place in the body, if the fault has one by meaning.
        """
        if offset is not None:
            return self._when(self._body_bytes, offset)
        if not isinstance(fault, Placed | EventFault):
            return None
        if fault.after_ms is not None:
            return fault.after_ms
        if fault.after_events is not None:
            return self._when(self._events, fault.after_events)
        if fault.after_bytes is not None:
            return self._when(self._body_bytes, fault.after_bytes)
        return None if fault.at_event is None else self._when(self._events, fault.at_event)

    def _when(self, counts: Sequence[int], reached: int) -> float | None:
        """Return the time of the first write with this count, or of the last write."""
        if not counts:
            return None
        return self._planned[min(bisect_left(counts, reached), len(counts) - 1)].at_ms


async def timeline_json(entry: JournalEntry, scope: Scope) -> JsonObject:
    """Return everything that is known about a reply."""
    runs, registry = scope.state.runs, scope.state.registry
    offsets = await asyncio.to_thread(offsets_by_meaning, entry)
    timeline = timeline_of(entry, runs.deliveries.of(entry.request.question.message_id))
    places = FaultPlaces(timeline.planned, entry.request.method)
    read = ReplyReader(entry.request.method)
    return {
        **entry_json(entry),
        **state_json(runs.live(entry)),
        "title": title_of(entry, registry),
        "refusal": _refusal_json(entry),
        "began_ms": rounded_ms(entry.start_ms),
        "now_ms": rounded_ms(runs.clock.now_ms()),
        "headers": [list(header) for header in entry.request.headers],
        "body": bytes_json(entry.request.body),
        "faults": [
            {"fault": fault_json(fault), "at_ms": rounded_ms(places.time_of(fault, offsets.get(n)))}
            for n, fault in enumerate(faults_of(entry, registry))
        ],
        "attempts": list(_attempts(entry, scope)),
        "planned_ms": [rounded_ms(write.at_ms) for write in timeline.planned],
        "holds": [
            {"at_ms": rounded_ms(one.at_ms), "until": one.until, "index": one.next_write}
            for one in timeline.holds
        ],
        "sent": list(_show_writes(timeline.written, read)),
        "total_bytes": read.bytes,
        "total_events": read.events,
        "problem": read.problem,
        "delivered": [delivery_json(one) for one in timeline.delivered],
        "downstream": runs.deliveries.reported,
    }


def _refusal_json(entry: JournalEntry) -> JsonObject | None:
    if entry.refusal is None:
        return None
    return {"status": entry.refusal.status, "body": entry.refusal.body}


def _show_writes(written: Iterable[SentWrite], read: ReplyReader) -> Iterator[JsonObject]:
    """Yield each write with the events that it completes, up to the limit of bytes."""
    left = MAX_SHOWN_BYTES
    for sent in written:
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
    for other in scope.journal:
        same = message_id is not None and other.request.question.message_id == message_id
        if (same or other is entry) and other.start_ms is not None and entry.start_ms is not None:
            yield {
                "number": other.number,
                "attempt": other.attempt,
                "at_ms": rounded_ms(other.start_ms - entry.start_ms),
                "ending": other.ending,
            }
