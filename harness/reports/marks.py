"""The timeline of one stream: what its reader received, and when."""

from collections.abc import Callable, Iterator

from streamproof.contracts.sse import Event
from streamproof.contracts.text import counted, one_line
from streamproof.harness.http.reading import StreamReading
from streamproof.harness.reports.result import Leg, TimelineMark

SHOWN_CHARACTERS = 200


def reading_marks(
    reading: StreamReading, leg: Leg, kind: Callable[[Event], str] = lambda event: event.event
) -> Iterator[TimelineMark]:
    """Yield a mark for every event, with its number and kind, and one for the end."""
    transcript = reading.transcript
    for number, seen in enumerate(transcript.events, start=1):
        data = one_line(seen.event.data[:SHOWN_CHARACTERS])
        yield TimelineMark(seen.at_ms, leg, f"#{number} {kind(seen.event)} {data}")
    if transcript.rest:
        yield TimelineMark(
            transcript.ended_ms, leg, f"{counted(len(transcript.rest), 'byte')} without an event"
        )
    ended = reading.problem or "the body is complete"
    yield TimelineMark(transcript.ended_ms, leg, f"{transcript.ending}: {ended}")
