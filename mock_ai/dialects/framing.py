"""How records become bytes: as events, lines, the items of one JSON array, or binary frames."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Final, NamedTuple

from streamproof.contracts.aws_event_stream import (
    CHUNK,
    EVENT_TYPE,
    EXCEPTION_TYPE,
    AwsFrame,
    AwsFrameDecoder,
)
from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import strict_json
from streamproof.contracts.media_type import AWS_EVENT_STREAM
from streamproof.contracts.sse import NO_LIMIT, Decoder, SseError, encode, encode_comment
from streamproof.mock_ai.actions.marks import Mark, MarkedBytes
from streamproof.mock_ai.dialects.marking import taken_out

EVENT_STREAM: Final = "text/event-stream"
JSON: Final = "application/json"


class Record(NamedTuple):
    """One message of a dialect: usually JSON, and the name of its event if it has one."""

    data: str
    name: str | None = None
    is_exception: bool = False
    """Whether its name is that of an error, where the framing tells these from events."""


class RecordFraming(ABC):
    """Frames the records of one reply; the bytes are UTF-8 with LF."""

    media_type: ClassVar[str]

    @abstractmethod
    def record(self, record: Record) -> bytes:
        """Return the bytes of the next record."""

    def marked(self, record: Record) -> MarkedBytes:
        """Return the bytes of the next record, whose text has marks, without the marks."""
        return taken_out(self.record(record))

    @abstractmethod
    def comment(self, text: str) -> bytes:
        """Return bytes that keep a connection alive, and that readers ignore."""

    def end(self) -> bytes:
        """Return the bytes that follow the last record of a finished reply."""
        return b""

    @abstractmethod
    def values(self, data: bytes) -> list[object] | None:
        """Return what the records in some bytes have as data; None without a whole record."""


class ServerSentEvents(RecordFraming):
    """One event for each record."""

    media_type: ClassVar = EVENT_STREAM

    def record(self, record: Record) -> bytes:
        """Return an event."""
        return encode(record.data, record.name)

    def comment(self, text: str) -> bytes:
        """Return a comment and its blank line."""
        return encode_comment(text)

    def values(self, data: bytes) -> list[object] | None:
        """Return the data of events, as text if it is not JSON."""
        decoder = Decoder(max_event_bytes=NO_LIMIT, max_line_bytes=NO_LIMIT)
        return [_json_or_text(event.data) for event in decoder.feed(data)] or None


class JsonLines(RecordFraming):
    """One line for each record (NDJSON)."""

    media_type: ClassVar = "application/x-ndjson"

    def record(self, record: Record) -> bytes:
        """Return a line."""
        return record.data.encode() + b"\n"

    def comment(self, text: str) -> bytes:  # noqa: ARG002  # JSON has no comments
        """Return a blank line."""
        return b"\n"

    def values(self, data: bytes) -> list[object] | None:
        """Return the values of lines."""
        return _json_list(data.strip(b"\n").replace(b"\n", b",")) if data.endswith(b"\n") else None


class JsonArray(RecordFraming):
    """One item of a JSON array for each record."""

    media_type: ClassVar = JSON

    def __init__(self) -> None:
        self._before = b"["

    def record(self, record: Record) -> bytes:
        """Return an item with the bracket or the comma before it."""
        before, self._before = self._before, b",\n"
        return before + record.data.encode()

    def comment(self, text: str) -> bytes:  # noqa: ARG002  # JSON has no comments
        """Return a line end, which is allowed between all parts of an array."""
        return b"\n"

    def end(self) -> bytes:
        """Close the array."""
        return (b"" if self._before != b"[" else b"[") + b"]"

    def values(self, data: bytes) -> list[object] | None:
        """Return the values of items; the last bracket has none."""
        return _json_list(data.removeprefix(b"[").removeprefix(b",\n").removesuffix(b"]"))


class AwsEventStream(RecordFraming):
    """One binary frame for each record."""

    media_type: ClassVar = AWS_EVENT_STREAM

    def record(self, record: Record) -> bytes:
        """Return a frame."""
        return _frame(record, record.data.encode()).encode()

    def marked(self, record: Record) -> MarkedBytes:
        """Return a frame; its sizes and checksums are those of the text without the marks."""
        text = taken_out(record.data.encode())
        frame = _frame(record, text.data)
        marks = tuple(Mark(mark.key, frame.offset_of(mark.offset)) for mark in text.marks)
        return MarkedBytes(frame.encode(), marks)

    def comment(self, text: str) -> bytes:  # noqa: ARG002  # see below
        """Return nothing: an event stream has nothing that readers ignore."""
        return b""

    def values(self, data: bytes) -> list[object] | None:
        """Return the data of chunks, and any other data in an object with its name."""
        decoder = AwsFrameDecoder(NO_LIMIT)
        try:
            events = decoder.feed(data)
        except SseError:
            return None
        if decoder.rest or not events:
            return None
        values = [(event.event, _json_or_text(event.data)) for event in events]
        return [value if name == CHUNK else {name: value} for name, value in values]


def _frame(record: Record, data: bytes) -> AwsFrame:
    headers = {":content-type": JSON, ":message-type": "event"}
    if record.is_exception:
        headers[":message-type"] = "exception"
    if record.name is not None:
        headers = {EXCEPTION_TYPE if record.is_exception else EVENT_TYPE: record.name, **headers}
    return AwsFrame.of(headers, data)


def _json_or_text(data: str) -> object:
    try:
        return strict_json(data)
    except NotJson:
        return data


def _json_list(items: bytes) -> list[object] | None:
    try:
        values = strict_json(f"[{items.decode()}]")
    except (UnicodeDecodeError, NotJson):
        return None
    return values if isinstance(values, list) else None
