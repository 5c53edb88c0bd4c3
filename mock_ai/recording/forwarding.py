"""One request that the mock passes on to a service, and the reply while it arrives.

The mock has read the whole request before, so it frames the request anew.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.errors import InvalidHttpMessage, ServiceUnreachable
from streamproof.mock_ai.http1.reader import HttpHead, split_head
from streamproof.mock_ai.http1.syntax import is_interim, write_head
from streamproof.mock_ai.recording.capture import ExchangeCapture
from streamproof.mock_ai.request.target import RUN_TAG, without_prefix

if TYPE_CHECKING:
    from collections.abc import Callable
    from ssl import SSLContext

    from streamproof.mock_ai.actions.head import Headers
    from streamproof.mock_ai.clock import Clock
    from streamproof.mock_ai.recording.exchange import ExchangeEnding, RecordedExchange
    from streamproof.mock_ai.recording.target import ProxyTarget
    from streamproof.mock_ai.request.received import ReceivedRequest

CONNECT_SECONDS: Final = 10.0
_READ_BYTES: Final = 65_536

_FRAMING: Final = ("content-encoding", "content-length", "expect", "trailer", "transfer-encoding")
_ABOUT_CONNECTION: Final = ("connection", "keep-alive")


class ForwardedRequest:
    """A request at the service, over TLS if it is `https`.

    `more` are the mock's own headers for the reply.
    """

    def __init__(
        self,
        request: ReceivedRequest,
        upstream: ProxyTarget,
        tls: SSLContext | None,
        clock: Clock,
        more: Headers = (),
    ) -> None:
        self._body = _without_run(request.body)
        self._head = _head_of(request, self._body)
        self._upstream = upstream
        self._tls = tls
        self._clock = clock
        self._more = more
        self._capture = ExchangeCapture(self._head)
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter | None = None
        self._began_ms = 0.0
        self._before_body: bytes | None = b""
        self.status = 0
        """The status of the reply, as soon as it is known."""

    async def send(self) -> None:
        """Send the request; raise `ServiceUnreachable` if the service cannot be reached."""
        upstream = self._upstream
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                opened = await asyncio.open_connection(upstream.host, upstream.port, ssl=self._tls)
        except OSError as error:  # TimeoutError is one
            raise ServiceUnreachable(
                f"{upstream.url} cannot be reached: {error or 'no answer'}"
            ) from error
        self._reader, self._writer = opened
        self._began_ms = self._clock.now_ms()
        self._writer.write(upstream.outgoing(self._head) + self._body)
        self._capture.feed_request(self._body)

    async def read(self) -> tuple[bytes, bool]:
        """Return the next bytes for the client, perhaps none, and whether they are the last."""
        data, was_reset = b"", False
        try:
            data = await self._reader.read(_READ_BYTES)
        except OSError:  # also if the encryption breaks
            was_reset = True
        at_ms = self._clock.now_ms() - self._began_ms
        if data:
            self._capture.feed_reply(data, at_ms)
        else:
            self._capture.closed(at_ms, reset=was_reset)
        last = not data or self._capture.complete
        return self._for_client(data, last=last), last

    @property
    def ending(self) -> ExchangeEnding:
        """How the reply ended."""
        return self._capture.ending

    def exchange(self) -> RecordedExchange | None:
        """Return what was captured, or None if the reply had no head that can be read.

        It is without what the service says about origins, because the mock has its own words.
        """
        exchange = self._capture.exchange()
        return exchange and replace(exchange, headers=_without(exchange.headers, _about_origins))

    def close(self) -> None:
        """Close the connection to the service."""
        if self._writer is not None:
            self._writer.close()

    def _for_client(self, data: bytes, *, last: bool) -> bytes:
        """Return bytes as the client gets them: with the mock's own headers in the head."""
        if self._before_body is None:
            return data
        data, self._before_body = self._before_body + data, None
        passed = b""
        try:
            while found := split_head(data):
                head, rest = found
                self.status = head.status[0]
                if not is_interim(self.status):
                    return passed + write_head(head.line, self._own(head.headers)) + rest
                passed += write_head(head.line, head.headers)
                data = rest
        except InvalidHttpMessage:  # the client shall see it
            return passed + data
        if last:
            return passed + data
        self._before_body = data
        return passed

    def _own(self, headers: Headers) -> Headers:
        return (*_without(headers, _is_own), *self._more, ("Connection", "close"))


def _without_run(body: bytes) -> bytes:
    """Return a body without `[run:ID]`, which only the mock understands."""
    text = body.decode("utf-8", "surrogateescape")
    return RUN_TAG.sub("", text).encode("utf-8", "surrogateescape")


def _head_of(request: ReceivedRequest, body: bytes) -> HttpHead:
    """Return the head for the service; the body is complete and has no codings."""
    version = "1.0" if request.http_1_0 else "1.1"
    headers = _without(request.headers, _FRAMING.__contains__)
    if body or request.method == "POST":
        headers = (*headers, ("Content-Length", str(len(body))))
    return HttpHead(f"{request.method} {without_prefix(request.target)} HTTP/{version}", headers)


def _without(headers: Headers, left_out: Callable[[str], bool]) -> Headers:
    return tuple(field for field in headers if not left_out(field[0].lower()))


def _about_origins(name: str) -> bool:
    return name.startswith("access-control-")


def _is_own(name: str) -> bool:
    return name in _ABOUT_CONNECTION or _about_origins(name)
