"""Reads a reply as a client does: how many bytes came, and the events in them.

The Content-Type decides what an event is: a line of NDJSON, an item of a JSON array, a frame of an
AWS event stream, a binary frame of an unknown format (a whole HTTP chunk), or else a server-sent
event. One JSON body has none. After an error in the head, the framing or an event it reads no more,
and `problem` says why.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from streamproof.contracts.aws_event_stream import AwsFrameDecoder
from streamproof.contracts.media_type import (
    AWS_EVENT_STREAM,
    JSON,
    LINES,
    UNKNOWN_FRAMES,
    parse_media_type,
)
from streamproof.contracts.records import JsonDecoder, LineDecoder
from streamproof.contracts.sse import NO_LIMIT, Decoder, Event, SseError
from streamproof.mock_ai.errors import InvalidHttpMessage
from streamproof.mock_ai.http1.bodies import reply_body
from streamproof.mock_ai.http1.reader import split_heads
from streamproof.mock_ai.request.decoders import GZIP_WBITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streamproof.mock_ai.http1.bodies import Body, BodyPiece


class EventDecoder(Protocol):
    """Turns the bytes of a body into events."""

    def feed(self, chunk: bytes) -> list[Event]:
        """Take the next bytes and return the events that they complete."""


class ReplyReader:
    """Follows one reply, write by write."""

    def __init__(self, method: str) -> None:
        self.bytes = 0
        """All bytes so far, with the framing of HTTP."""
        self.body_bytes = 0
        self.events = 0
        self.problem: str | None = None
        self._method = method
        self._head = b""
        self._body: Body | None = None
        self._decoder: EventDecoder | _Frames = Decoder()
        self._unzip: zlib._Decompress | None = None

    def feed(self, data: bytes) -> list[Event]:
        """Take a write, and return the events that it completes."""
        self.bytes += len(data)
        if self.problem is not None:
            return []
        try:
            events = self._decoded([*self._body_of(data)])
        except (InvalidHttpMessage, SseError, zlib.error) as error:
            self.problem = str(error)
            events = error.events if isinstance(error, SseError) else []
        self.events += len(events)
        return events

    def _body_of(self, data: bytes) -> Iterator[BodyPiece]:
        if self._body is None:
            self._head += data
            found = split_heads(self._head)
            if found is None:
                return
            head, data = found
            self._head = b""
            self._body = reply_body(head, self._method)
            self._decoder = _decoder_of(next(iter(head.values("content-type")), ""))
            if "gzip" in head.values("content-encoding"):
                self._unzip = zlib.decompressobj(GZIP_WBITS)
        for piece in self._body.feed(data):
            self.body_bytes += len(piece.data)
            unzip = self._unzip
            yield piece if unzip is None else replace(piece, data=unzip.decompress(piece.data))

    def _decoded(self, pieces: Iterable[BodyPiece]) -> list[Event]:
        if isinstance(self._decoder, _Frames):
            return [event for piece in pieces for event in self._decoder.feed(piece)]
        return self._decoder.feed(b"".join(piece.data for piece in pieces))


class _Lines(LineDecoder):
    """Makes an event of each line that is not blank."""

    def feed(self, chunk: bytes) -> list[Event]:
        return [event for event in super().feed(chunk) if event.data]


class _Frames:
    """Makes an event of each HTTP chunk: a frame is binary, and its format is not known."""

    def __init__(self) -> None:
        self._begun = b""

    def feed(self, piece: BodyPiece) -> list[Event]:
        self._begun += piece.data
        if not piece.complete:
            return []
        frame, self._begun = self._begun, b""
        return [Event(data=str(frame, "utf-8", "replace"))] if frame else []


def _decoder_of(content_type: str) -> EventDecoder | _Frames:
    """Return the decoder of a media type; only server-sent events have a limit of their size."""
    essence = parse_media_type(content_type).essence
    if essence in LINES:
        return _Lines(NO_LIMIT)
    if essence == JSON:
        return JsonDecoder(NO_LIMIT)
    if essence == AWS_EVENT_STREAM:
        return AwsFrameDecoder(NO_LIMIT)
    return _Frames() if essence == UNKNOWN_FRAMES else Decoder()
