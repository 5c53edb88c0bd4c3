"""One request on its way: bytes go through as they come, and a watcher sees them go by.

What the client gets are the service's own bytes, its own framing and its own ending; nothing is
held back until an event, a chunk or a reply is complete. A connection carries one request.
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
    """A request that is over: what was recorded of it, or the problem that left nothing."""

    number: int
    asked: str
    exchange: RecordedExchange | None = None
    problem: str = ""


class ProxyContext(Protocol):
    """What a request needs of the recorder that it goes through."""

    upstream: ProxyTarget
    clock: Clock

    def refusal(self, head: HttpHead) -> Refusal | None:
        """Say why a request is not let through, if it is not."""

    def joined(self, client: ClientConnection) -> None:
        """Take note of a connection."""

    def left(self, client: ClientConnection) -> None:
        """Forget a connection."""

    def next_number(self) -> int:
        """Give a request its number."""

    def report(self, passed: FinishedRequest) -> None:
        """Take note that a request is over."""

    def start(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Run something that must not outlive the recorder."""


class ClientConnection(asyncio.Protocol):
    """The client's side: finds out what is asked, and passes on what comes after."""

    def __init__(self, office: ProxyContext) -> None:
        self._office = office
        self._transport: asyncio.Transport
        self._received = b""
        self._passage: ProxyConnection | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)
        self._office.joined(self)

    def data_received(self, data: bytes) -> None:
        """Take the head, then whatever follows."""
        if self._passage:
            self._passage.ask(data)
            return
        self._received += data
        try:
            found = split_head(self._received)
            if found:
                self._begin(*found)
        except InvalidHttpMessage as error:
            refuse(self._transport, HTTPStatus.BAD_REQUEST, str(error))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # gone either way
        """Stop: nobody is there to stream to."""
        self._office.left(self)
        if self._passage:
            self._passage.leave("The client left before the reply ended.")

    def stop(self, why: str) -> None:
        """End the connection at once."""
        if self._passage:
            self._passage.leave(why)
        self._transport.abort()

    def pause_writing(self) -> None:
        """Read no faster from the service than the client does."""
        if self._passage:
            self._passage.hold_back()

    def resume_writing(self) -> None:
        """Read on."""
        if self._passage:
            self._passage.go_on()

    def _begin(self, head: HttpHead, rest: bytes) -> None:
        refusal = self._office.refusal(head)
        if refusal:
            refuse(self._transport, *refusal)
            return
        self._passage = ProxyConnection(self._office, self._transport, head)
        self._passage.ask(rest)
        self._passage.begin()


class ProxyConnection(asyncio.Protocol):
    """A request with its reply; as a protocol it is the service's side of it."""

    def __init__(self, office: ProxyContext, client: asyncio.Transport, head: HttpHead) -> None:
        self._office = office
        self._client = client
        self._head = head
        self._watcher = ExchangeCapture(head)
        self._number = 0
        self._began_ms = 0.0
        self._waiting: list[bytes] = []
        self._connecting: asyncio.Task[None] | None = None
        self._service: asyncio.Transport | None = None
        self._closed = False
        self._reported = False

    def begin(self) -> None:
        """Connect to the service, and read no more of the request until it is there."""
        self._number = self._office.next_number()
        self._client.pause_reading()
        self._connecting = self._office.start(self._connect())

    def ask(self, data: bytes) -> None:
        """Take more of the request."""
        if self._service:
            self._watcher.asks(data)
            self._service.write(data)
        else:
            self._waiting.append(data)

    def leave(self, why: str) -> None:
        """End both connections at once; what was recorded so far stays."""
        if self._connecting:
            self._connecting.cancel()
        self._watcher.stop(why, self._now_ms())
        self._settle(why)
        if self._service:
            self._service.abort()
        self._client.abort()

    def hold_back(self) -> None:
        """Take nothing from the service for now."""
        if self._service:
            self._service.pause_reading()

    def go_on(self) -> None:
        """Take what the service sends."""
        if self._service:
            self._service.resume_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send what there is of the request; time counts from here."""
        self._service = cast("asyncio.Transport", transport)
        self._began_ms = self._office.clock.now_ms()
        body = b"".join(self._waiting)
        self._service.write(self._office.upstream.outgoing(self._head) + body)
        self._watcher.asks(body)
        self._client.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Pass on what the service says, then look at it."""
        self._client.write(data)
        self._watcher.answers(data, self._now_ms())
        if self._watcher.complete:
            self._settle()
            self._close()

    def eof_received(self) -> None:
        """Pass a plain close on."""
        self._watcher.closed(self._now_ms())
        self._settle("the service closed the connection")
        self._close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass a reset on; every other way to lose the connection was passed on before."""
        if exc is None or self._closed:
            return
        self._watcher.closed(self._now_ms(), reset=True)
        self._settle("the service reset the connection")
        self._office.start(reset(self._client, self._office.clock))

    def pause_writing(self) -> None:
        """Read no faster from the client than the service does."""
        self._client.pause_reading()

    def resume_writing(self) -> None:
        """Read on."""
        self._client.resume_reading()

    async def _connect(self) -> None:
        upstream = self._office.upstream
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

    def _settle(self, without_reply: str = "") -> None:
        exchange = self._watcher.exchange() if self._service else None
        if exchange:
            self._report(exchange)
        elif self._watcher.ended:
            self._report(problem=self._watcher.note or without_reply)

    def _report(self, exchange: RecordedExchange | None = None, problem: str = "") -> None:
        if not self._reported:
            self._reported = True
            method, target, _ = self._head.request
            asked = f"{method} {target.partition('?')[0]}"
            self._office.report(FinishedRequest(self._number, asked, exchange, problem))

    def _close(self) -> None:
        self._closed = True
        if self._service:
            self._service.close()
        self._client.close()

    def _now_ms(self) -> float:
        return self._office.clock.now_ms() - self._began_ms


def refuse(client: asyncio.Transport, status: HTTPStatus, why: str) -> None:
    """Answer in place of the service, and close."""
    body = json.dumps({"error": why}).encode()
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    client.write(write_head(f"HTTP/1.1 {status.value} {status.phrase}", headers.items()) + body)
    client.close()
