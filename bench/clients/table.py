"""The cells of the table of readers: the events of a standard reader, and how readers differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from streamproof.contracts.sse import Decoder, Event
from streamproof.mock_ai.planning.gzip import decoded
from streamproof.mock_ai.planning.plan import plan, planned_chunks

if TYPE_CHECKING:
    from bench.clients.readers import Reading
    from streamproof.mock_ai.scenario.model import Scenario

NOT_RUN: Final = "–"


def standard_events(scenario: Scenario) -> tuple[Event, ...]:
    """Return the events that a standard reader without size limits gets from the first reply."""
    unlimited = 1 << 40
    decoder = Decoder(max_event_bytes=unlimited, max_line_bytes=unlimited)
    chunks = planned_chunks(decoded(plan(scenario.replies[0])))
    return tuple(event for chunk in chunks for event in decoder.feed(chunk))


def cell(reading: Reading | None, wanted: Sequence[Event]) -> str:
    """Return the cell of a client: how it read a scenario, in a few words."""
    if reading is None:
        return NOT_RUN
    got = [(event.event, event.data) for event in reading.events]
    if got == [(event.event, event.data) for event in wanted]:
        return reading.ending
    number = "" if len(got) == len(wanted) else f"{len(got)}, "
    same = got == [(event.event, event.data) for event in wanted[: len(got)]]
    return f"{number}{'' if same else '≠, '}{reading.ending}"
