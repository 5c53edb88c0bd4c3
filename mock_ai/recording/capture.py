"""Capture one exchange from copies of the bytes that a proxy passes on.

If the capture cannot follow the bytes, it ends, but the exchange continues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.errors import InvalidHttpMessage
from streamproof.mock_ai.http1.bodies import (
    Body,
    BodyPiece,
    ChunkedBody,
    CloseBody,
    FramingDetails,
    LengthBody,
    reply_body,
    request_body,
)
from streamproof.mock_ai.http1.reader import HttpHead, split_head
from streamproof.mock_ai.http1.syntax import is_interim
from streamproof.mock_ai.recording.exchange import (
    ExchangeEnding,
    RecordedExchange,
    RecordedInterim,
    RecordedRead,
    RecordedRequest,
)

MAX_REQUEST_BYTES: Final = 65_536  # of a request body; it is only shown in a comment
MAX_CAPTURED_BYTES: Final = 8 * 1_048_576  # as YAML it grows, and a scenario file has a limit

_FRAMINGS: Final[Mapping[type[Body], Framing]] = {
    ChunkedBody: Framing.CHUNKED,
    LengthBody: Framing.LENGTH,
    CloseBody: Framing.CLOSE,
}


class ExchangeCapture:
    """Builds a `RecordedExchange` from the bytes of both directions and their times."""

    def __init__(self, request: HttpHead, *, max_body_bytes: int = MAX_CAPTURED_BYTES) -> None:
        self._request = request
        self._method, self._target, _ = request.request
        self._request_body = request_body(request)
        self._request_bytes = b""
        self._max_body_bytes = max_body_bytes
        self._size = 0
        self._before_body = b""
        self._reply_began = False
        self._head: HttpHead | None = None
        self._head_ms = 0.0
        self._body: Body = CloseBody()
        self._interim: list[RecordedInterim] = []
        self._reads: list[RecordedRead] = []
        self.note: str | None = None
        self._ended: tuple[ExchangeEnding, float] | None = None

    @property
    def ended(self) -> bool:
        """Tell whether the capture has ended."""
        return self._ended is not None

    @property
    def ending(self) -> ExchangeEnding:
        """How it ended, or that it is open."""
        return self._ended[0] if self._ended else ExchangeEnding.OPEN

    @property
    def complete(self) -> bool:
        """Tell whether the reply is complete by its own framing."""
        return self._head is not None and self._body.complete

    def feed_request(self, data: bytes) -> None:
        """Take bytes of the request body."""
        try:
            for piece in self._request_body.feed(data):
                self._request_bytes += piece.data[: MAX_REQUEST_BYTES - len(self._request_bytes)]
        except InvalidHttpMessage:  # the service answers this; the capture ignores the rest
            self._request_body = LengthBody(0)

    def feed_reply(self, data: bytes, at_ms: float) -> None:
        """Take bytes of the reply, which arrived at `at_ms`."""
        if self.ended:
            return
        self._reply_began = True
        pieces: list[BodyPiece] = []
        broken: InvalidHttpMessage | None = None
        try:
            if self._head is None:
                data = self._take_head(data, at_ms)
            if self._head:
                pieces.extend(self._body.feed(data))  # an error keeps the pieces before it
        except InvalidHttpMessage as error:
            broken = error
        if pieces:
            self._take(pieces, at_ms)
        if broken:
            self.note = f"The next bytes were not HTTP: {broken}."
            self._end(ExchangeEnding.CUT, at_ms)
        elif self.complete:
            self._end(ExchangeEnding.FINISHED, at_ms)

    def closed(self, at_ms: float, *, reset: bool = False) -> None:
        """End the capture because the service closed or reset its connection."""
        if reset:
            self._end(ExchangeEnding.RESET, at_ms)
        elif self._head and isinstance(self._body, CloseBody):
            self._end(ExchangeEnding.FINISHED, at_ms)
        else:
            self._end(ExchangeEnding.CUT, at_ms)

    def stop(self, note: str, at_ms: float) -> None:
        """End the capture before the reply ends; `note` gives the reason."""
        if not self.ended:
            self.note = note
            self._end(ExchangeEnding.OPEN, at_ms)

    def exchange(self) -> RecordedExchange | None:
        """Return the exchange, or None before its end or if a reply began without a whole head."""
        if self._ended is None or (self._reply_began and self._head is None):
            return None
        ending, ended_ms = self._ended
        request = RecordedRequest(
            self._method, self._target, self._request.headers, self._request_bytes
        )
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
            framing=_FRAMINGS[type(self._body)],
            http_1_0=self._head.version == "1.0",
            interim=tuple(self._interim),
            details=self._details(),
        )

    def _details(self) -> FramingDetails:
        end = self._body.details
        more = []
        if end.size_line and self._ended and self._ended[0] is not ExchangeEnding.CUT:
            more.append("the line in place of a chunk size")
        if isinstance(self._body, ChunkedBody) and self._head and self._head.version == "1.0":
            more.append("chunks in HTTP/1.0")
        return replace(end, inexpressible=(*end.inexpressible, *more))

    def _take_head(self, data: bytes, at_ms: float) -> bytes:
        """Read the head, and skip interim replies before it (RFC 9110, section 15.2)."""
        data = self._before_body + data
        while found := split_head(data):
            head, data = found
            if head.status[0] >= 200:
                self._body = reply_body(head, self._method)
                self._head, self._head_ms, self._before_body = head, at_ms, b""
                return data
            if not is_interim(head.status[0]):
                raise InvalidHttpMessage("the service switched to another protocol")
            self._interim.append(RecordedInterim(at_ms, *head.status, head.headers))
        self._before_body = data
        return b""

    def _take(self, pieces: list[BodyPiece], at_ms: float) -> None:
        self._size += sum(len(piece.data) for piece in pieces)
        if self._size > self._max_body_bytes:
            limit = f"{self._max_body_bytes:,} bytes"
            self.stop(f"The body reached the limit of {limit}; the rest is not recorded.", at_ms)
        else:
            self._reads.append(RecordedRead(at_ms, tuple(pieces)))

    def _end(self, ending: ExchangeEnding, at_ms: float) -> None:
        if self._ended is None:
            self._ended = (ending, at_ms)
