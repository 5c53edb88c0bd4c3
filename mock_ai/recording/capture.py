"""Follows one exchange from the bytes that pass by, and never touches them.

What it cannot follow ends the recording, not the exchange.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from streamproof.mock_ai.errors import InvalidHttpMessage
from streamproof.mock_ai.http1.reader import (
    Body,
    BodyPiece,
    ChunkedBody,
    CloseBody,
    HttpHead,
    LengthBody,
    UnfinishedFraming,
    reply_body,
    request_body,
    split_head,
)
from streamproof.mock_ai.recording.exchange import (
    ExchangeEnding,
    RecordedExchange,
    RecordedRead,
    RecordedRequest,
)

MAX_REQUEST_BYTES: Final = 65_536  # what is kept of a request; it is only shown
MAX_BODY_BYTES: Final = 8 * 1_048_576  # written down it grows, and a scenario file has its limit


class ExchangeCapture:
    """Takes both directions of an exchange with their times."""

    def __init__(self, request: HttpHead, *, max_body_bytes: int = MAX_BODY_BYTES) -> None:
        self._request = request
        self._method, self._target, _ = request.request
        self._asking = request_body(request)
        self._asked = b""
        self._max_body_bytes = max_body_bytes
        self._size = 0
        self._before_body = b""
        self._heard = False
        self._head: HttpHead | None = None
        self._head_ms = 0.0
        self._body: Body = CloseBody()
        self._interim = False
        self._reads: list[RecordedRead] = []
        self.note: str | None = None
        self._ended: tuple[ExchangeEnding, float] | None = None

    @property
    def ended(self) -> bool:
        """Tell whether nothing more will be recorded."""
        return self._ended is not None

    @property
    def complete(self) -> bool:
        """Tell whether the reply is over by its own framing."""
        return self._head is not None and self._body.complete

    def asks(self, data: bytes) -> None:
        """Take bytes of the request after its head."""
        try:
            for part in self._asking.feed(data):
                self._asked += part.data[: MAX_REQUEST_BYTES - len(self._asked)]
        except InvalidHttpMessage:  # the service will say what it thinks of it
            self._asking = LengthBody(0)

    def answers(self, data: bytes, at_ms: float) -> None:
        """Take bytes of the reply."""
        if self.ended:
            return
        self._heard = True
        parts: list[BodyPiece] = []
        broken: InvalidHttpMessage | None = None
        try:
            if self._head is None:
                data = self._take_head(data, at_ms)
            if self._head:
                parts.extend(self._body.feed(data))  # keeps those before an error
        except InvalidHttpMessage as error:
            broken = error
        if parts:
            self._take(parts, at_ms)
        if broken:
            self.note = f"What came next was no HTTP: {broken}."
            self._end(ExchangeEnding.CUT, at_ms)
        elif self.complete:
            self._end(ExchangeEnding.FINISHED, at_ms)

    def closed(self, at_ms: float, *, reset: bool = False) -> None:
        """Say that the service closed its connection."""
        if reset:
            self._end(ExchangeEnding.RESET, at_ms)
        elif self._head and isinstance(self._body, CloseBody):
            self._end(ExchangeEnding.FINISHED, at_ms)
        else:
            self._end(ExchangeEnding.CUT, at_ms)

    def stop(self, note: str, at_ms: float) -> None:
        """End the recording before the reply ends."""
        if not self.ended:
            self.note = note
            self._end(ExchangeEnding.OPEN, at_ms)

    def exchange(self) -> RecordedExchange | None:
        """Return what was recorded, or None where a reply had begun without ever having a head."""
        if self._ended is None or (self._heard and self._head is None):
            return None
        ending, ended_ms = self._ended
        request = RecordedRequest(self._method, self._target, self._request.headers, self._asked)
        if self._head is None:
            return RecordedExchange.unanswered(request, ending, ended_ms, self.note)
        status, reason = self._head.status
        return RecordedExchange(
            request=request,
            status=status,
            reason=reason,
            headers=self._head.headers,
            reads=tuple(self._reads),
            ending=ending,
            head_ms=self._head_ms,
            ended_ms=ended_ms,
            note=self.note,
            until_closed=isinstance(self._body, CloseBody),
            http_1_0=self._head.version == "1.0",
            unfinished=self._unfinished(),
        )

    def _unfinished(self) -> UnfinishedFraming:
        end = self._body.unfinished
        more = ["interim replies"] if self._interim else []
        if end.size_line and self._ended and self._ended[0] is not ExchangeEnding.CUT:
            more.append("the line that should begin a chunk")
        if isinstance(self._body, ChunkedBody) and self._head and self._head.version == "1.0":
            more.append("chunks in HTTP/1.0")
        return replace(end, inexpressible=(*end.inexpressible, *more))

    def _take_head(self, data: bytes, at_ms: float) -> bytes:
        """Take the head, passing over those that only announce another (RFC 9110, section 15.2)."""
        data = self._before_body + data
        while found := split_head(data):
            head, data = found
            if head.status[0] >= 200:
                self._body = reply_body(head, self._method)
                self._head, self._head_ms, self._before_body = head, at_ms, b""
                return data
            self._interim = True
            if head.status[0] == 101:
                raise InvalidHttpMessage("the service left HTTP for another protocol")
        self._before_body = data
        return b""

    def _take(self, parts: list[BodyPiece], at_ms: float) -> None:
        self._size += sum(len(part.data) for part in parts)
        if self._size > self._max_body_bytes:
            self.stop(f"Only {self._max_body_bytes} bytes of a body are recorded.", at_ms)
        else:
            self._reads.append(RecordedRead(at_ms, tuple(parts)))

    def _end(self, ending: ExchangeEnding, at_ms: float) -> None:
        if self._ended is None:
            self._ended = (ending, at_ms)
