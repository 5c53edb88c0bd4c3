"""Reads a reply as a client does: how many bytes came, and the events in them.

After an error in the head, the framing or an event it reads no more, and `problem` says why.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from streamproof.contracts.sse import Decoder, Event, SseError
from streamproof.mock_ai.errors import InvalidHttpMessage
from streamproof.mock_ai.http1.bodies import reply_body
from streamproof.mock_ai.http1.reader import split_heads
from streamproof.mock_ai.request.decoders import GZIP_WBITS

if TYPE_CHECKING:
    from streamproof.mock_ai.http1.bodies import Body


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
        self._decoder = Decoder()
        self._unzip: zlib._Decompress | None = None

    def feed(self, data: bytes) -> list[Event]:
        """Take a write, and return the events that it completes."""
        self.bytes += len(data)
        if self.problem is not None:
            return []
        try:
            events = self._decode(self._body_of(data))
        except (InvalidHttpMessage, SseError, zlib.error) as error:
            self.problem = str(error)
            events = error.events if isinstance(error, SseError) else []
        self.events += len(events)
        return events

    def _body_of(self, data: bytes) -> bytes:
        if self._body is None:
            self._head += data
            found = split_heads(self._head)
            if found is None:
                return b""
            head, data = found
            self._head = b""
            self._body = reply_body(head, self._method)
            if "gzip" in head.values("content-encoding"):
                self._unzip = zlib.decompressobj(GZIP_WBITS)
        return b"".join(piece.data for piece in self._body.feed(data))

    def _decode(self, body: bytes) -> list[Event]:
        self.body_bytes += len(body)
        return self._decoder.feed(body if self._unzip is None else self._unzip.decompress(body))
