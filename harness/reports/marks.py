"""The timeline of one stream: what its reader received, and when."""

from collections.abc import Callable, Iterator
from functools import partial

from streamproof.contracts.contract import StreamContract
from streamproof.contracts.event_kinds import KindReader
from streamproof.contracts.sse import Event
from streamproof.contracts.text import counted, one_line
from streamproof.harness.http.client import HttpCall
from streamproof.harness.http.reading import StreamReading
from streamproof.harness.masking import masked_url
from streamproof.harness.reports.result import Leg, MarkKind, TimelineMark

SHOWN_CHARACTERS = 200


def kinds_of(contract: StreamContract) -> Callable[[Event], str]:
    """Return a function that names the kind of an event, or its event name if it has none."""
    read = KindReader(contract).read
    return lambda event: read(event).kind or event.event


def call_marks(
    call: HttpCall,
    reading: StreamReading,
    leg: Leg,
    kind: Callable[[Event], str] = lambda event: event.event,
) -> Iterator[TimelineMark]:
    """Yield a mark for the request, and those of the stream that it got."""
    text = f"asks {call.method} {masked_url(call.url)}"
    yield TimelineMark(0.0, leg, text, MarkKind.REQUEST, "asks")
    yield from reading_marks(reading, leg, kind)


def reading_marks(
    reading: StreamReading, leg: Leg, kind: Callable[[Event], str] = lambda event: event.event
) -> Iterator[TimelineMark]:
    """Yield a mark for every event, with its number and kind, and one for the end."""
    transcript = reading.transcript
    for number, seen in enumerate(transcript.events, start=1):
        yield event_mark(seen.at_ms, leg, number, seen.event, kind(seen.event))
    at_end = partial(TimelineMark, transcript.ended_ms, leg)
    if transcript.body is not None:
        size = _bytes_of(transcript.body)
        yield at_end(f"one JSON body of {counted(size, 'byte')}", MarkKind.REST, "body", size)
    if transcript.rest:
        size = len(transcript.rest)
        yield at_end(f"{counted(size, 'byte')} without an event", MarkKind.REST, "rest", size)
    ended = reading.problem or "the body is complete"
    ending = transcript.ending
    yield at_end(f"{ending}: {ended}", MarkKind.ENDING, ending)


def no_answer_mark(at_ms: float, problem: str) -> TimelineMark:
    """Return the mark of the end of a case whose target does not answer."""
    text = f"no answer: {one_line(problem)}"
    return TimelineMark(at_ms, Leg.BROWSER, text, MarkKind.ENDING, "no answer")


def event_mark(at_ms: float, leg: Leg, number: int, event: Event, kind: str) -> TimelineMark:
    """Return the mark of an event."""
    text = f"#{number} {kind} {one_line(event.data[:SHOWN_CHARACTERS])}"
    return TimelineMark(at_ms, leg, text, MarkKind.EVENT, kind, _bytes_of(event.data), number)


def _bytes_of(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
