"""What was read, kept whole: every chunk with its time, and the transcript made of it.

No I/O: the network client and the reader of captured files both feed a `StreamRecorder`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from streamproof.contracts.sse import Decoder, Event, SseError, after_blank_lines
from streamproof.contracts.transcript import Ending, TimedEvent, Transcript

# More than any service may send (protocol, section 4), so that a stream that breaks the limits
# of a contract is still read and judged.
MAX_EVENT_BYTES = 16 * 1_048_576


@dataclass(frozen=True, slots=True)
class ReceivedChunk:
    """Bytes that arrived together, `at_ms` after the request was sent."""

    at_ms: float
    data: bytes


@dataclass(frozen=True, slots=True)
class StreamReading:
    """A stream as it was read: the transcript, and the bytes that it was made of.

    `started` is the event loop's time of the request in seconds, so that two legs can be put on
    one axis. `problem` says what stopped the reader, where it was not the stream's own end.
    """

    transcript: Transcript
    chunks: tuple[ReceivedChunk, ...] = ()
    started: float = 0.0
    problem: str | None = None

    @property
    def body(self) -> bytes:
        """All bytes of the body, in order."""
        return b"".join(chunk.data for chunk in self.chunks)


@dataclass(slots=True)
class StreamRecorder:
    """Collects one stream while it is being read."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    started: float = 0.0
    _decoder: Decoder = field(init=False)
    _seen: list[TimedEvent] = field(default_factory=list, init=False)
    _chunks: list[ReceivedChunk] = field(default_factory=list, init=False)
    _problem: str | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Start with a decoder that has large limits."""
        self._decoder = Decoder(
            max_event_bytes=MAX_EVENT_BYTES, max_line_bytes=MAX_EVENT_BYTES + 1024
        )

    @property
    def overflowed(self) -> bool:
        """Tell whether the stream passed the reader's own limits; it takes no more then."""
        return self._problem is not None

    def feed(self, data: bytes, at_ms: float) -> list[Event]:
        """Take a chunk and return the events that it completed."""
        self._chunks.append(ReceivedChunk(at_ms, data))
        try:
            events = self._decoder.feed(data)
        except SseError as error:
            events, self._problem = error.events, str(error)
        self._seen += (TimedEvent(at_ms, event) for event in events)
        return events

    def finish(self, ending: Ending, at_ms: float, problem: str | None = None) -> StreamReading:
        """Say how the stream ended, and return all of it."""
        transcript = Transcript(
            status=self.status,
            headers=self.headers,
            events=tuple(self._seen),
            ending=Ending.OPEN if self.overflowed else ending,
            ended_ms=at_ms,
            rest=self._rest(),
        )
        return StreamReading(
            transcript, tuple(self._chunks), self.started, self._problem or problem
        )

    def _rest(self) -> bytes:
        """Return what was never completed; joins only as many of the last chunks as it takes."""
        joined = 1
        while True:
            tail = b"".join(chunk.data for chunk in self._chunks[-joined:])
            rest = after_blank_lines(tail)
            if len(rest) < len(tail) or joined >= len(self._chunks):
                return rest
            joined *= 2
