"""How records become bytes: as events, as lines, or as the items of one JSON array."""

from __future__ import annotations

from typing import ClassVar, Final, NamedTuple, Protocol

from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import strict_json
from streamproof.contracts.sse import NO_LIMIT, Decoder, encode, encode_comment

EVENT_STREAM: Final = "text/event-stream"
JSON: Final = "application/json"


class Record(NamedTuple):
    """One message of a dialect: usually JSON, and the name of its event if it has one."""

    data: str
    name: str | None = None


class RecordFraming(Protocol):
    """Frames the records of one reply; the bytes are UTF-8 with LF."""

    media_type: ClassVar[str]

    def record(self, record: Record) -> bytes:
        """Return the bytes of the next record."""

    def comment(self, text: str) -> bytes:
        """Return bytes that keep a connection alive, and that readers ignore."""

    def end(self) -> bytes:
        """Return the bytes that follow the last record of a finished reply."""

    def values(self, data: bytes) -> list[object] | None:
        """Return what the records in some bytes have as data; None without a whole record."""


class ServerSentEvents:
    """One event for each record."""

    media_type: ClassVar = EVENT_STREAM

    def record(self, record: Record) -> bytes:
        """Return an event."""
        return encode(record.data, record.name)

    def comment(self, text: str) -> bytes:
        """Return a comment and its blank line."""
        return encode_comment(text)

    def end(self) -> bytes:
        """Return nothing."""
        return b""

    def values(self, data: bytes) -> list[object] | None:
        """Return the data of events, as text if it is not JSON."""
        decoder = Decoder(max_event_bytes=NO_LIMIT, max_line_bytes=NO_LIMIT)
        return [_json_or_text(event.data) for event in decoder.feed(data)] or None


class JsonLines:
    """One line for each record (NDJSON)."""

    media_type: ClassVar = "application/x-ndjson"

    def record(self, record: Record) -> bytes:
        """Return a line."""
        return record.data.encode() + b"\n"

    def comment(self, text: str) -> bytes:  # noqa: ARG002  # JSON has no comments
        """Return a blank line."""
        return b"\n"

    def end(self) -> bytes:
        """Return nothing."""
        return b""

    def values(self, data: bytes) -> list[object] | None:
        """Return the values of lines."""
        return _json_list(data.strip(b"\n").replace(b"\n", b",")) if data.endswith(b"\n") else None


class JsonArray:
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
