"""The way in: who plainly asks for a stream is answered here, all else by aiohttp.

A connection that brings anything unusual is handed over with what has come, and stays there. Both
ways lead to the same answer; only time and memory tell which one it was.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Final, cast

from yarl import URL

from streamproof.mock_ai.playing.wire import DirectWire, probe
from streamproof.mock_ai.request.received import ReceivedRequest, shared_headers
from streamproof.mock_ai.serving.answer import answer
from streamproof.mock_ai.serving.runs import RUN_ID

if TYPE_CHECKING:
    from aiohttp import web

    from streamproof.mock_ai.serving.state import MockState

_HEAD: Final = re.compile(
    rf"(?P<method>GET|POST) "
    rf"(?P<target>(?:/run/(?P<run>{RUN_ID}))?(?:/s/(?P<scenario>[a-z0-9-]+))?/chat/stream"
    rf"(?:\?(?P<query>[!-\"$-~]*))?) HTTP/1\.1\r\n"
    rf"(?P<lines>(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~]*\r\n){{1,100}})\r\n"
)
_MAX_HEAD_BYTES: Final = 8_190  # as long as aiohttp lets one line be
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
    """Makes the protocol of each connection that comes to a server of aiohttp."""

    def __init__(self, server: web.Server, state: MockState) -> None:
        self.server = server
        self.state = state
        self._connections: set[FastPathConnection] = set()
        self._closed = False

    def __call__(self) -> FastPathConnection:
        """Return the protocol of a new connection."""
        return FastPathConnection(self)

    def joined(self, connection: FastPathConnection) -> None:
        """Keep a connection, to end it with the server; one that comes too late ends at once."""
        if self._closed:
            connection.close()
        else:
            self._connections.add(connection)

    def left(self, connection: FastPathConnection) -> None:
        """Forget a connection that has ended, or that is aiohttp's now."""
        self._connections.discard(connection)

    async def close(self) -> None:
        """End every reply, and every connection that is still here."""
        self._closed = True
        self.state.runs.close()
        tasks = [task for connection in self._connections if (task := connection.close())]
        if tasks:
            await asyncio.wait(tasks)


class FastPathConnection(asyncio.Protocol):
    """A connection that asks for one stream after the other."""

    __slots__ = ("_drained", "_front", "_task", "_transport", "_waiting", "_wire")

    def __init__(self, front: FastPathServer) -> None:
        self._front = front
        self._transport: asyncio.Transport
        self._task: asyncio.Task[None] | None = None
        self._wire: DirectWire | None = None
        self._waiting = b""
        self._drained: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        probe(self._transport)
        self._front.joined(self)

    def connection_lost(self, _: Exception | None) -> None:
        """End: a reply that is under way learns that its client has left."""
        self._front.left(self)
        self._lose_wire()
        if self._task is not None:
            self._task.cancel()

    def eof_received(self) -> None:
        """Write nothing more: the transport closes the connection."""
        self._lose_wire()

    def data_received(self, data: bytes) -> None:
        """Take a request; what comes while a reply is under way waits.

        Too much of it is not read yet; a client that then leaves is seen only by the next write.
        """
        if self._task is None:
            self._take(data)
            return
        self._waiting += data
        if len(self._waiting) > MAX_WAITING_BYTES:
            self._transport.pause_reading()

    def pause_writing(self) -> None:
        """Let writers wait."""
        self._drained = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """Let writers go on."""
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        self._drained = None

    def close(self) -> asyncio.Task[None] | None:
        """Close it now; returns the reply that has still to find that out."""
        self._lose_wire()
        self._transport.close()
        if self._task is not None:
            self._task.cancel()
        return self._task

    def _take(self, data: bytes) -> None:
        incoming = read_fast(data)
        if incoming is None:
            self._hand_over(data)
        else:
            self._task = asyncio.get_running_loop().create_task(self._reply(incoming))

    def _hand_over(self, data: bytes) -> None:
        self._front.left(self)
        self._lose_wire()
        protocol = self._front.server()
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(data)

    async def _reply(self, incoming: ReceivedRequest) -> None:
        """Answer one request, then look at what has come meanwhile."""
        keep = False
        try:
            state = self._front.state
            given = await answer(incoming, state)
            if self._wire is None:
                self._wire = DirectWire(self._transport, self._may_write, state.runs.clock)
            await given.perform(self._wire)
            keep = given.reusable
        except ConnectionError:  # the journal knows
            pass
        finally:
            self._task = None
            if not keep:
                self._transport.close()
        if self._waiting and not self._transport.is_closing():
            data, self._waiting = self._waiting, b""
            self._transport.resume_reading()
            self._take(data)

    def _lose_wire(self) -> None:
        if self._wire is not None:
            self._wire.lost()
            self._wire = None

    async def _may_write(self) -> None:
        if self._drained is not None:
            await self._drained


def read_fast(data: bytes) -> ReceivedRequest | None:
    """Return the request in these bytes, or None if it is not an ordinary one."""
    head = _HEAD.match(data[:_MAX_HEAD_BYTES].decode("latin-1"))
    if head is None:
        return None
    method, query, body = head["method"], head["query"], data[head.end() :]
    lines = [line.partition(":") for line in head["lines"].split("\r\n")[:-1]]
    headers = shared_headers((name, value.strip(" \t")) for name, _, value in lines)
    values = {name.lower(): value for name, value in headers}
    keep_alive = _KEEP_ALIVE.get(values.get("connection", "").lower())
    length = str(len(body)) if body or method == "POST" else None
    if keep_alive is None or values.get("content-length") != length:
        return None
    if len(values) != len(headers) or "host" not in values or not _UNUSUAL.isdisjoint(values):
        return None
    return ReceivedRequest(
        method,
        head["target"],
        headers,
        body,
        None if query is None else URL.build(query_string=query, encoded=True).query,
        head["run"],
        head["scenario"],
        keep_alive=keep_alive,
    )
