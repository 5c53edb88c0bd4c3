"""The timeline of one stream: what its reader received, and when."""

from collections.abc import Callable, Iterator

from streamproof.contracts.contract import StreamContract
from streamproof.contracts.event_kinds import KindReader
from streamproof.contracts.sse import Event
from streamproof.contracts.text import counted, one_line
from streamproof.harness.http.reading import StreamReading
from streamproof.harness.reports.result import Leg, TimelineMark

SHOWN_CHARACTERS = 200


def kinds_of(contract: StreamContract) -> Callable[[Event], str]:
    """Return a function that names the kind of an event, or its event name if it has none."""
    read = KindReader(contract).read
    return lambda event: read(event).kind or event.event


def reading_marks(
    reading: StreamReading, leg: Leg, kind: Callable[[Event], str] = lambda event: event.event
) -> Iterator[TimelineMark]:
    """Yield a mark for every event, with its number and kind, and one for the end."""
    transcript = reading.transcript
    for number, seen in enumerate(transcript.events, start=1):
        data = one_line(seen.event.data[:SHOWN_CHARACTERS])
        yield TimelineMark(seen.at_ms, leg, f"#{number} {kind(seen.event)} {data}")
    if transcript.body is not None:
        size = counted(len(transcript.body.encode("utf-8", "replace")), "byte")
        yield TimelineMark(transcript.ended_ms, leg, f"one JSON body of {size}")
    if transcript.rest:
        yield TimelineMark(
            transcript.ended_ms, leg, f"{counted(len(transcript.rest), 'byte')} without an event"
        )
    ended = reading.problem or "the body is complete"
    yield TimelineMark(transcript.ended_ms, leg, f"{transcript.ending}: {ended}")
