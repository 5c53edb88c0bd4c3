"""The timeline of one stream: what its reader saw, and when."""

from collections.abc import Callable, Iterator

from contracts.amounts import counted
from contracts.sse import Event
from harness.difference import one_line
from harness.recording import Reading
from harness.result import Leg, Mark

SHOWN_CHARACTERS = 200


def reading_marks(
    reading: Reading, leg: Leg, kind: Callable[[Event], str] = lambda event: event.event
) -> Iterator[Mark]:
    """Write down every event under its number and kind, then the end."""
    transcript = reading.transcript
    for number, seen in enumerate(transcript.events, start=1):
        data = one_line(seen.event.data[:SHOWN_CHARACTERS])
        yield Mark(seen.at_ms, leg, f"#{number} {kind(seen.event)} {data}")
    if transcript.rest:
        yield Mark(
            transcript.ended_ms, leg, f"{counted(len(transcript.rest), 'byte')} without an event"
        )
    ended = reading.problem or "the body is complete"
    yield Mark(transcript.ended_ms, leg, f"{transcript.ending}: {ended}")
