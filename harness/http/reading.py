"""A stream that was read: every piece with its time, and the transcript made from them.

There is no I/O here: the HTTP client and the reader of saved files both feed a `StreamRecorder`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from streamproof.contracts.aws_event_stream import BrokenFrame
from streamproof.contracts.media_type import EVENT_STREAM
from streamproof.contracts.records import RecordDecoder, record_decoder
from streamproof.contracts.sse import Decoder, Event, SseError, after_blank_lines
from streamproof.contracts.transcript import Ending, TimedEvent, Transcript

# More than a service may send (protocol, section 4), so that a stream that breaks the limits of a
# contract can still be read and checked.
MAX_EVENT_BYTES = 16 * 1_048_576
# More than any sound stream has; a stream that repeats itself without end reaches them in seconds.
MAX_BYTES = 32 * 1_048_576
MAX_EVENTS = 200_000
SCENARIO_BYTES = 96 * 1_048_576
"""More than any shipped scenario sends."""


@dataclass(frozen=True, slots=True)
class ReceivedChunk:
    """Bytes that arrived in one read, `at_ms` after the request was sent."""

    at_ms: float
    data: bytes


@dataclass(frozen=True, slots=True)
class StreamReading:
    """A stream that was read: the transcript, and the bytes.

    `started` is the event loop's time of the request in seconds, so that two legs can be shown on
    one time axis.
    """

    transcript: Transcript
    chunks: tuple[ReceivedChunk, ...] = ()
    started: float = 0.0

    @property
    def problem(self) -> str | None:
        """Why the reader stopped before the stream ended, or what it could not read."""
        return self.transcript.problem

    @property
    def body(self) -> bytes:
        """All bytes of the body, in order."""
        return b"".join(chunk.data for chunk in self.chunks)


@dataclass(slots=True)
class StreamRecorder:
    """Collects one stream while it is read; the Content-Type decides how it is decoded."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    started: float = 0.0
    max_bytes: int = MAX_BYTES
    max_events: int = MAX_EVENTS
    _decoder: Decoder | RecordDecoder | None = field(default=None, init=False)
    _size: int = field(default=0, init=False)
    _seen: list[TimedEvent] = field(default_factory=list, init=False)
    _chunks: list[ReceivedChunk] = field(default_factory=list, init=False)
    _problem: str | None = field(default=None, init=False)
    _stopped: Ending = field(default=Ending.UNREAD, init=False)

    @property
    def overflowed(self) -> bool:
        """Whether the reader accepts no more: it reached a limit, or cannot read on."""
        return self._problem is not None

    def feed(self, data: bytes, at_ms: float) -> list[Event]:
        """Take bytes and return the events that they complete."""
        self._chunks.append(ReceivedChunk(at_ms, data))
        try:
            events = self._chosen_decoder().feed(data)
        except SseError as error:
            events, self._problem = error.events, str(error)
            if isinstance(error, BrokenFrame):
                self._stopped = Ending.UNREADABLE
        self._seen += (TimedEvent(at_ms, event) for event in events)
        self._size += len(data)
        if self._problem is None:
            self._problem = self._reached_limit()
        return events

    def _reached_limit(self) -> str | None:
        if self._size > self.max_bytes:
            return f"its limit is {self.max_bytes:,} bytes"
        if len(self._seen) > self.max_events:
            return f"its limit is {self.max_events:,} events"
        return None

    def finish(self, ending: Ending, at_ms: float, problem: str | None = None) -> StreamReading:
        """Return the whole stream; `ending` is how it ended."""
        ending = self._stopped if self.overflowed else ending
        decoder = self._chosen_decoder()
        if ending is Ending.CLOSED:
            self._seen += (TimedEvent(at_ms, event) for event in decoder.close())
        transcript = Transcript(
            status=self.status,
            headers=self.headers,
            events=tuple(self._seen),
            ending=ending,
            ended_ms=at_ms,
            rest=self._rest() if isinstance(decoder, Decoder) else decoder.rest,
            body=None if isinstance(decoder, Decoder) else decoder.body,
            problem=self._problem or problem,
        )
        return StreamReading(transcript, tuple(self._chunks), self.started)

    def _chosen_decoder(self) -> Decoder | RecordDecoder:
        """Return the decoder, which the head of the response decides."""
        if self._decoder is None:
            content_type = self.headers.get("content-type", EVENT_STREAM)
            self._decoder = record_decoder(content_type, MAX_EVENT_BYTES) or Decoder(
                max_event_bytes=MAX_EVENT_BYTES, max_line_bytes=MAX_EVENT_BYTES + 1024
            )
        return self._decoder

    def _rest(self) -> bytes:
        """Return the bytes of the incomplete event; join only as many last chunks as needed."""
        joined = 1
        while True:
            tail = b"".join(chunk.data for chunk in self._chunks[-joined:])
            rest = after_blank_lines(tail)
            if len(rest) < len(tail) or joined >= len(self._chunks):
                return rest
            joined *= 2
