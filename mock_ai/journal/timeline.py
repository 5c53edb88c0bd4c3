"""One reply on a time axis: its planned writes and holds, its actual writes, and its deliveries.

Times are milliseconds from the start of the reply. The plan after a hold is shifted by the length
of the hold. A delivery can have a time before the start.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from streamproof.mock_ai.actions import Hold
from streamproof.mock_ai.http1.writer import ScheduledWrite
from streamproof.mock_ai.journal.journal import SentWrite

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamproof.mock_ai.actions import Until
    from streamproof.mock_ai.journal.deliveries import Delivery
    from streamproof.mock_ai.journal.journal import JournalEntry


class PlannedHold(NamedTuple):
    """A hold in a plan: when it begins, what ends it, and the index of the write after it."""

    at_ms: float
    until: Until
    next_write: int


@dataclass(frozen=True, slots=True)
class ReplyTimeline:
    """What was planned, what was written, and what a relay delivered of it."""

    planned: tuple[ScheduledWrite, ...]
    """All writes of the plan, with those that were not made."""
    holds: tuple[PlannedHold, ...]
    written: tuple[SentWrite, ...]
    delivered: tuple[Delivery, ...]
    """The deliveries that were reported for the message of the request."""


def timeline_of(entry: JournalEntry, deliveries: Iterable[Delivery] = ()) -> ReplyTimeline:
    """Return the timeline of a reply; `deliveries` have times on the mock's clock."""
    planned: list[ScheduledWrite] = []
    holds: list[PlannedHold] = []
    scale = 1 / entry.speed if entry.speed else 0.0
    held_ms, last_ms = -inf, 0.0
    for action in entry.actions:
        if isinstance(action, Hold):
            holds.append(PlannedHold(last_ms, action.until, len(planned)))
            held_ms = last_ms
            continue
        number = len(planned)
        anchor_ms = entry.anchor_ms(number)
        if number >= entry.written:  # the length of a running hold is unknown
            anchor_ms = max(anchor_ms, held_ms)
        last_ms = anchor_ms + action.at_ms * scale
        planned.append(ScheduledWrite(last_ms, action.data))
    start_ms = entry.start_ms or 0.0
    refusal = entry.refusal
    return ReplyTimeline(
        tuple(planned),
        tuple(holds),
        tuple(entry.writes) if refusal is None else (SentWrite(0.0, 0.0, refusal.data),),
        tuple(one._replace(at_ms=one.at_ms - start_ms) for one in deliveries),
    )
