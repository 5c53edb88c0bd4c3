"""The two connections of one proxied request: bytes pass through unchanged, and are captured.

The client gets the service's own bytes, framing and ending. The proxy never waits until an event,
a chunk or a reply is complete. A connection carries one request.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from http import HTTPStatus
from ssl import create_default_context
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias, cast

from streamproof.mock_ai.errors import InvalidHttpMessage
from streamproof.mock_ai.http1.reader import HttpHead, split_head
from streamproof.mock_ai.http1.syntax import write_head
from streamproof.mock_ai.playing.wire import reset
from streamproof.mock_ai.recording.capture import ExchangeCapture

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from streamproof.mock_ai.clock import Clock
    from streamproof.mock_ai.recording.exchange import RecordedExchange
    from streamproof.mock_ai.recording.target import ProxyTarget

CONNECT_SECONDS: Final = 10.0

Refusal: TypeAlias = tuple[HTTPStatus, str]


@dataclass(frozen=True, slots=True)
class FinishedRequest:
    """A finished request: its recorded exchange, or the problem if nothing was recorded."""

    number: int
    asked: str
    exchange: RecordedExchange | None = None
    problem: str = ""


class ProxyContext(Protocol):
    """The recorder, as a proxied request sees it."""

    upstream: ProxyTarget
    clock: Clock

    def refusal(self, head: HttpHead) -> Refusal | None:
        """Return the status and reason if the proxy rejects a request, else None."""

    def add_client(self, client: ClientConnection) -> None:
        """Keep a new connection."""

    def remove_client(self, client: ClientConnection) -> None:
        """Forget a closed connection."""

    def next_number(self) -> int:
        """Return the number of a new request, counted from 1."""

    def report(self, finished: FinishedRequest) -> None:
        """Report a finished request."""

    def start(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Start a task that ends at the latest with the recorder."""


class ClientConnection(asyncio.Protocol):
    """The client's side: reads the head of the request, and passes all further bytes on."""

    def __init__(self, context: ProxyContext) -> None:
        self._context = context
        self._transport: asyncio.Transport
        self._received = b""
        self._proxied: ProxyConnection | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)
        self._context.add_client(self)

    def data_received(self, data: bytes) -> None:
        """Take the head of the request, then pass its body on."""
        if self._proxied:
            self._proxied.send_request(data)
            return
        self._received += data
        try:
            found = split_head(self._received)
            if found:
                self._begin(*found)
        except InvalidHttpMessage as error:
            refuse(self._transport, HTTPStatus.BAD_REQUEST, str(error))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # gone either way
        """Stop the exchange, because its client is gone."""
        self._context.remove_client(self)
        if self._proxied:
            self._proxied.abort("The client left before the reply ended.")

    def stop(self, why: str) -> None:
        """Abort the connection."""
        if self._proxied:
            self._proxied.abort(why)
        self._transport.abort()

    def pause_writing(self) -> None:
        """Stop reading from the service, because the client reads too slowly."""
        if self._proxied:
            self._proxied.pause_service()

    def resume_writing(self) -> None:
        """Read from the service again."""
        if self._proxied:
            self._proxied.resume_service()

    def _begin(self, head: HttpHead, rest: bytes) -> None:
        refusal = self._context.refusal(head)
        if refusal:
            refuse(self._transport, *refusal)
            return
        self._proxied = ProxyConnection(self._context, self._transport, head)
        self._proxied.send_request(rest)
        self._proxied.begin()


class ProxyConnection(asyncio.Protocol):
    """One proxied request with its reply, and the protocol of the connection to the service."""

    def __init__(self, context: ProxyContext, client: asyncio.Transport, head: HttpHead) -> None:
        self._context = context
        self._client = client
        self._head = head
        self._capture = ExchangeCapture(head)
        self._number = 0
        self._began_ms = 0.0
        self._waiting: list[bytes] = []
        self._connecting: asyncio.Task[None] | None = None
        self._service: asyncio.Transport | None = None
        self._closed = False
        self._reported = False

    def begin(self) -> None:
        """Connect to the service, and stop reading the request until the connection stands."""
        self._number = self._context.next_number()
        self._client.pause_reading()
        self._connecting = self._context.start(self._connect())

    def send_request(self, data: bytes) -> None:
        """Send bytes of the request to the service, or keep them until it is connected."""
        if self._service:
            self._capture.feed_request(data)
            self._service.write(data)
        else:
            self._waiting.append(data)

    def abort(self, why: str) -> None:
        """Abort both connections, and report what was recorded until now."""
        if self._connecting:
            self._connecting.cancel()
        self._capture.stop(why, self._now_ms())
        self._report_capture(why)
        if self._service:
            self._service.abort()
        self._client.abort()

    def pause_service(self) -> None:
        """Stop reading from the service."""
        if self._service:
            self._service.pause_reading()

    def resume_service(self) -> None:
        """Read from the service again."""
        if self._service:
            self._service.resume_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the request as far as it has arrived; times count from now."""
        self._service = cast("asyncio.Transport", transport)
        self._began_ms = self._context.clock.now_ms()
        body = b"".join(self._waiting)
        self._service.write(self._context.upstream.outgoing(self._head) + body)
        self._capture.feed_request(body)
        self._client.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Pass bytes of the service on, then capture them."""
        self._client.write(data)
        self._capture.feed_reply(data, self._now_ms())
        if self._capture.complete:
            self._report_capture()
            self._close()

    def eof_received(self) -> None:
        """Pass a close (FIN) on."""
        self._capture.closed(self._now_ms())
        self._report_capture("the service closed the connection")
        self._close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass a reset (RST) on; a close was passed on by `eof_received`."""
        if exc is None or self._closed:
            return
        self._capture.closed(self._now_ms(), reset=True)
        self._report_capture("the service reset the connection")
        self._context.start(reset(self._client, self._context.clock))

    def pause_writing(self) -> None:
        """Stop reading from the client, because the service reads too slowly."""
        self._client.pause_reading()

    def resume_writing(self) -> None:
        """Read from the client again."""
        self._client.resume_reading()

    async def _connect(self) -> None:
        upstream = self._context.upstream
        tls = create_default_context() if upstream.scheme == "https" else None
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await asyncio.get_running_loop().create_connection(
                    lambda: self, upstream.host, upstream.port, ssl=tls
                )
        except OSError as error:  # TimeoutError is one
            problem = f"{upstream.url} cannot be reached: {error or 'no answer'}"
            refuse(self._client, HTTPStatus.BAD_GATEWAY, problem)
            self._report(problem=problem)

    def _report_capture(self, without_reply: str = "") -> None:
        exchange = self._capture.exchange() if self._service else None
        if exchange:
            self._report(exchange)
        elif self._capture.ended:
            self._report(problem=self._capture.note or without_reply)

    def _report(self, exchange: RecordedExchange | None = None, problem: str = "") -> None:
        if not self._reported:
            self._reported = True
            method, target, _ = self._head.request
            asked = f"{method} {target.partition('?')[0]}"
            self._context.report(FinishedRequest(self._number, asked, exchange, problem))

    def _close(self) -> None:
        self._closed = True
        if self._service:
            self._service.close()
        self._client.close()

    def _now_ms(self) -> float:
        return self._context.clock.now_ms() - self._began_ms


def refuse(client: asyncio.Transport, status: HTTPStatus, why: str) -> None:
    """Answer the client with an error instead of the service, and close."""
    body = json.dumps({"error": why}).encode()
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    client.write(write_head(f"HTTP/1.1 {status.value} {status.phrase}", headers.items()) + body)
    client.close()
