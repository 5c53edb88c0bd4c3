"""The fast path: it reads ordinary requests for streams, and hands all others to aiohttp.

A connection that is handed over stays with aiohttp, together with the bytes that have arrived. Both
ways lead to the same reply; they differ only in time and memory.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Final, cast

from yarl import URL

from streamproof.mock_ai.actions.head import HEADER_NAME
from streamproof.mock_ai.playing.wire import DirectWire, probe
from streamproof.mock_ai.request.received import ReceivedRequest, headers_by_name, shared_headers
from streamproof.mock_ai.request.target import is_own_page
from streamproof.mock_ai.serving.answer import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from streamproof.mock_ai.serving.state import MockState

# The path has no escapes, and no segment that a reader could resolve.
_HEAD: Final = re.compile(
    rf"(?P<method>GET|POST) "
    r"(?P<target>(?:/(?!\.)[A-Za-z0-9._~!$&'()*+,;=:@-]+)+/?(?:\?(?P<query>[!-\"$-~]*))?)"
    r" HTTP/1\.1\r\n"
    rf"(?P<lines>(?:{HEADER_NAME}:[\t -~]*\r\n){{1,100}})\r\n"
)
_MAX_HEAD_BYTES: Final = 8_190  # the longest line that aiohttp accepts
_UNUSUAL: Final = frozenset(
    {
        "content-encoding",
        "expect",
        "proxy-connection",
        "sec-websocket-key1",
        "transfer-encoding",
        "upgrade",
    }
)
_KEEP_ALIVE: Final = {"": True, "keep-alive": True, "close": False}
MAX_WAITING_BYTES: Final = 65_536


class FastPathServer:
    """Makes the protocol of each connection; `server` makes those of aiohttp."""

    def __init__(self, server: Callable[[], web.RequestHandler], state: MockState) -> None:
        self.server = server
        self.state = state
        self._connections: set[FastPathConnection] = set()
        self._closed = False

    def __call__(self) -> FastPathConnection:
        """Return the protocol of a new connection."""
        return FastPathConnection(self)

    def add(self, connection: FastPathConnection) -> None:
        """Keep a connection, to close it with the server; after `close`, close it at once."""
        if self._closed:
            connection.close()
        else:
            self._connections.add(connection)

    def remove(self, connection: FastPathConnection) -> None:
        """Forget a connection that is closed or handed over to aiohttp."""
        self._connections.discard(connection)

    async def close(self) -> None:
        """End every reply, and every connection that is not handed over."""
        self._closed = True
        self.state.runs.close()
        tasks = [task for connection in self._connections if (task := connection.close())]
        if tasks:
            await asyncio.wait(tasks)


class FastPathConnection(asyncio.Protocol):
    """A connection that requests one stream after another."""

    __slots__ = ("_drained", "_server", "_task", "_transport", "_waiting", "_wire")

    def __init__(self, server: FastPathServer) -> None:
        self._server = server
        self._transport: asyncio.Transport
        self._task: asyncio.Task[None] | None = None
        self._wire: DirectWire | None = None
        self._waiting = b""
        self._drained: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)
        probe(self._transport)
        self._server.add(self)

    def connection_lost(self, _: Exception | None) -> None:
        """End the current reply, because its client has left."""
        self._server.remove(self)
        self._drop_wire()
        if self._task is not None:
            self._task.cancel()

    def eof_received(self) -> None:
        """Write nothing more: the transport closes the connection."""
        self._drop_wire()

    def data_received(self, data: bytes) -> None:
        """Take a request; bytes that come during a reply wait.

        If too many bytes wait, reading pauses. Then only the next write shows that a client left.
        """
        if self._task is None:
            self._take(data)
            return
        self._waiting += data
        if len(self._waiting) > MAX_WAITING_BYTES:
            self._transport.pause_reading()

    def pause_writing(self) -> None:
        """Make writers wait."""
        self._drained = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """Let writers continue."""
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        self._drained = None

    def close(self) -> asyncio.Task[None] | None:
        """Close it now; returns the task of its reply, which does not know yet."""
        self._drop_wire()
        self._transport.close()
        if self._task is not None:
            self._task.cancel()
        return self._task

    def _take(self, data: bytes) -> None:
        self._server.state.runs.idle.used(self._transport)
        request = read_ordinary(data)
        if request is None:
            self._hand_over(data)
        else:
            self._task = asyncio.get_running_loop().create_task(self._reply(request))

    def _hand_over(self, data: bytes) -> None:
        self._server.remove(self)
        self._drop_wire()
        protocol = self._server.server()
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(data)

    async def _reply(self, request: ReceivedRequest) -> None:
        """Answer one request, then take the bytes that arrived meanwhile."""
        keep_open = False
        try:
            state = self._server.state
            reply = await answer(request, state)
            if self._wire is None:
                self._wire = DirectWire(self._transport, self._wait_drained, state.runs.clock)
            await reply.send(self._wire)
            keep_open = reply.reusable
        except ConnectionError:  # the journal shows it
            pass
        finally:
            self._task = None
            if not keep_open:
                self._transport.close()
        if self._waiting and not self._transport.is_closing():
            data, self._waiting = self._waiting, b""
            self._transport.resume_reading()
            self._take(data)

    def _drop_wire(self) -> None:
        if self._wire is not None:
            self._wire.lost()
            self._wire = None

    async def _wait_drained(self) -> None:
        if self._drained is not None:
            await self._drained


def read_ordinary(data: bytes) -> ReceivedRequest | None:
    """Return the request in these bytes, or None if aiohttp has to read it."""
    head = _HEAD.match(data[:_MAX_HEAD_BYTES].decode("latin-1"))
    if head is None:
        return None
    method, query, body = head["method"], head["query"], data[head.end() :]
    lines = [line.partition(":") for line in head["lines"].split("\r\n")[:-1]]
    headers = shared_headers((name, value.strip(" \t")) for name, _, value in lines)
    values = headers_by_name(headers)
    keep_alive = _KEEP_ALIVE.get(values.get("connection", "").lower())
    length = str(len(body)) if body or method == "POST" else None
    if keep_alive is None or values.get("content-length") != length:
        return None
    if len(values) != len(headers) or "host" not in values or not _UNUSUAL.isdisjoint(values):
        return None
    if is_own_page(method, head["target"]):
        return None
    return ReceivedRequest(
        method,
        head["target"],
        headers,
        body,
        None if query is None else URL.build(query_string=query, encoded=True).query,
        keep_alive=keep_alive,
    )
