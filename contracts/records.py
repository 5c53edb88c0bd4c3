"""Replies that are not SSE: one record in each line or frame, one array of records, or one body.

Each record becomes an event; only a frame has a name. How the bytes are cut makes no difference.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Protocol

from streamproof.contracts.aws_event_stream import AwsFrameDecoder, begins_with_frame
from streamproof.contracts.json_text import is_json
from streamproof.contracts.media_type import AWS_EVENT_STREAM, JSON, LINES, parse_media_type
from streamproof.contracts.sse import MAX_EVENT_BYTES, Event, EventTooLarge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_BLANK: Final = b" \t\r\n"
_SIGN: Final = re.compile(rb'["\\,\[\]{}]')


class RecordDecoder(Protocol):
    """Turns the bytes of a reply into events; `rest` has the bytes that are not an event."""

    @property
    def rest(self) -> bytes:
        """The bytes after the last event."""

    @property
    def body(self) -> str | None:
        """The whole text of a reply that has no records, or None."""

    def feed(self, chunk: bytes) -> list[Event]:
        """Take the next bytes and return the events that they complete."""

    def close(self) -> list[Event]:
        """End the reply; return the events that only its end completes."""


class _Held:
    """The bytes of the record that is not complete yet."""

    def __init__(self, max_bytes: int) -> None:
        self.parts: list[bytes] = []
        self._max_bytes = max_bytes
        self._bytes = 0

    def add(self, part: bytes, events: list[Event]) -> None:
        self.parts.append(part)
        self._bytes += len(part)
        if self._bytes > self._max_bytes:
            raise EventTooLarge(f"one record has more than {self._max_bytes} bytes", events)

    def take(self) -> str:
        text = str(b"".join(self.parts).strip(_BLANK), "utf-8", "replace")
        self.parts.clear()
        self._bytes = 0
        return text


class LineDecoder:
    """Makes an event of each line, also of a blank one, which is not JSON."""

    body: str | None = None

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._held = _Held(max_event_bytes)

    @property
    def rest(self) -> bytes:
        """The bytes of the line that has no end."""
        return b"".join(self._held.parts)

    def feed(self, chunk: bytes) -> list[Event]:
        """Take the next bytes; raises `EventTooLarge` for a line over the limit."""
        *lines, last = chunk.split(b"\n")
        events: list[Event] = []
        for line in lines:
            self._held.add(line, events)
            events.append(Event(data=self._held.take()))
        self._held.add(last, events)
        return events

    def close(self) -> list[Event]:
        """End the reply; a last line without an end is a record if it is JSON."""
        return [Event(data=self._held.take())] if is_json(self.rest) else []


class JsonDecoder:
    """Makes an event of each item of one array; any other JSON is a body.

    An item in brackets is complete with its last one, and any other item with the sign after it.
    """

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._held = _Held(max_event_bytes)
        self._is_array: bool | None = None  # None before the first byte
        self._depth = 0
        self._items = 0
        self._closed: str | None = None  # an item in brackets, before the comma after it
        self._in_text = False
        self._after_backslash = False  # the next byte is escaped

    @property
    def rest(self) -> bytes:
        """The bytes of an item that is not complete, or after the array; else its open bracket."""
        if not self._is_array:
            return b""
        held = b"".join(self._held.parts).strip(_BLANK)
        return held or (b"[" if self._depth else b"")

    @property
    def body(self) -> str | None:
        """The text, unless it is an array."""
        return None if self._is_array else str(b"".join(self._held.parts), "utf-8", "replace")

    def feed(self, chunk: bytes) -> list[Event]:
        """Take the next bytes; raises `EventTooLarge` for an item or a body over the limit."""
        events: list[Event] = []
        if self._is_array is None:
            chunk = chunk.lstrip(_BLANK)
            if not chunk:
                return events
            self._is_array = chunk.startswith(b"[")
            if self._is_array:
                chunk = chunk[1:]
                self._depth = 1
        start = self._items_in(chunk, events) if self._depth else 0
        self._held.add(chunk[start:], events)
        return events

    def close(self) -> list[Event]:
        """End the reply; an array that is not closed stays in `rest`."""
        return []

    def _items_in(self, chunk: bytes, events: list[Event]) -> int:
        """Add an event for each item that a chunk completes; return where the next one begins."""
        start, at = 0, int(self._after_backslash)
        self._after_backslash = False
        while self._depth and (sign := _SIGN.search(chunk, at)):
            at = sign.end()
            if self._in_text:
                self._in_text = sign[0] != b'"'
                if sign[0] == b"\\":
                    self._after_backslash = at == len(chunk)
                    at += 1
                continue
            self._in_text = sign[0] == b'"'
            self._depth += (sign[0] in b"[{") - (sign[0] in b"]}")
            if self._depth == 0 or (self._depth == 1 and sign[0] == b","):
                self._held.add(chunk[start : sign.start()], events)
                self._separate(events)
            elif self._depth == 1 and sign[0] in b"]}":
                self._held.add(chunk[start:at], events)
                self._close_item(events)
            else:
                continue
            start = at
        return start

    def _separate(self, events: list[Event]) -> None:
        """End the item before a comma or the end of the array, unless it ended already."""
        text, closed = self._held.take(), self._closed
        self._closed = None
        is_first_and_last = not self._items and not self._depth
        if closed is None and (text or not is_first_and_last):  # an empty array has no item
            self._add(text, events)
        elif closed is not None and text:
            self._add(f"{closed} {text}", events)

    def _close_item(self, events: list[Event]) -> None:
        """End an item at its last bracket; without a comma before it, it is not JSON."""
        text = self._held.take()
        self._add(text if self._closed is None else f"{self._closed} {text}", events)
        self._closed = text

    def _add(self, data: str, events: list[Event]) -> None:
        events.append(Event(data=data))
        self._items += 1


RECORD_DECODERS: Final[Mapping[str, Callable[[int], RecordDecoder]]] = {
    JSON: JsonDecoder,
    AWS_EVENT_STREAM: AwsFrameDecoder,
    **dict.fromkeys(LINES, LineDecoder),
}
"""The decoder of each media type that is not an event stream."""


def record_decoder(content_type: str, max_event_bytes: int) -> RecordDecoder | None:
    """Return the decoder for a Content-Type, or None if it is not one of records."""
    decoder = RECORD_DECODERS.get(parse_media_type(content_type).essence)
    return decoder(max_event_bytes) if decoder else None


def likely_media_type(data: bytes) -> str | None:
    """Return the media type that records without a Content-Type have; None for other data."""
    if begins_with_frame(data):
        return AWS_EVENT_STREAM
    start = data.lstrip(_BLANK)
    if start.startswith(b"[") or (start.startswith(b"{") and is_json(data)):
        return JSON
    return LINES[0] if start.startswith(b"{") else None
