"""The live feed: everything that happens in the mock, as JSON messages over a WebSocket.

Never as SSE: a browser opens six connections to a host, and streams under test need them. Each
client has a bounded queue; one that falls behind is told and dropped, and slows nobody down.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from aiohttp import WSCloseCode, web

from mock_ai.control.showing import show_bytes, show_entry, show_request
from mock_ai.http1 import Write

if TYPE_CHECKING:
    from collections.abc import Callable

    from mock_ai.control.scope import Scope
    from mock_ai.house import House
    from mock_ai.journal import Entry, Sent

MAX_PENDING: Final = 5_000
MAX_CLIENTS: Final = 50
SHOWN_BYTES: Final = 4_096
"""Of one write; all bytes are in the journal."""

BEGAN: Final = "began"

_LAG_SECONDS: Final = 5.0
_HEARTBEAT_SECONDS: Final = 30.0


class Socket(Protocol):
    """Where messages are sent; aiohttp's WebSocket is one."""

    async def send_str(self, data: str) -> None:
        """Send a message, and wait while there is no room for it."""

    async def close(self, *, code: int, message: bytes) -> object:
        """Say goodbye."""


class News(NamedTuple):
    """Something that happened; it is put into words only when it is sent."""

    type: str
    entry: Entry | None = None
    nth: int = 0
    sent: Sent | None = None


@dataclass(eq=False)
class Client:
    """One listener, what it hears of, and what it has not yet been sent."""

    hears: Callable[[Entry], bool]
    pending: deque[News] = field(default_factory=deque)
    lost: bool = False
    waiting: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, news: News) -> None:
        """Queue news; too much of it, and the client is lost."""
        if self.lost or (news.entry is not None and not self.hears(news.entry)):
            return
        if len(self.pending) == MAX_PENDING:
            self.lost = True
            self.pending.clear()
        else:
            self.pending.append(news)
        self.waiting.set()


class Feed:
    """Watches the journal and the shelf while anybody listens."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._clients: dict[Client, web.WebSocketResponse] = {}
        # How far each reply was told: the cue that comes next, and the number of writes.
        self._told: dict[Entry, tuple[int, int]] = {}

    def began(self, entry: Entry) -> None:
        """Tell of a request."""
        self._tell(News(BEGAN, entry))

    def wrote(self, entry: Entry, writes: int) -> None:
        """Tell of each write."""
        cue, told = self._told.get(entry, (0, 0))
        for index in range(told, entry.written):
            while not isinstance(write := entry.cues[cue], Write):
                cue += 1
            cue += 1
            if index >= entry.written - writes:
                self._tell(News("write", entry, index, entry.sent(write, index)))
        self._told[entry] = cue, entry.written

    def ended(self, entry: Entry) -> None:
        """Tell that a reply has ended."""
        self._told.pop(entry, None)
        self._tell(News("ended", entry))

    def scenarios_changed(self) -> None:
        """Tell that scenarios came, went or changed."""
        self._tell(News("scenarios"))

    def _tell(self, news: News) -> None:
        for client in self._clients:
            client.tell(news)

    async def serve(self, request: web.Request, scope: Scope) -> web.WebSocketResponse:
        """Send one client everything until it leaves, or cannot keep up."""
        if len(self._clients) == MAX_CLIENTS:
            raise web.HTTPServiceUnavailable(reason=f"{MAX_CLIENTS} clients listen already")
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT_SECONDS)
        await socket.prepare(request)
        client = Client(scope.has)
        self._listen(client, socket)
        sending = asyncio.create_task(_send_all(client, socket))
        try:
            async for _ in socket:
                pass  # what clients say does not matter; this ends when they leave
        finally:
            self._leave(client)
            sending.cancel()
            await asyncio.wait([sending])
        return socket

    async def close(self, _app: web.Application) -> None:
        """Say goodbye to every client."""
        sockets = list(self._clients.values())
        for socket in sockets:
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the mock stops")

    def _listen(self, client: Client, socket: web.WebSocketResponse) -> None:
        if not self._clients:
            self._house.runs.journal.watchers.append(self)
            self._house.shelf.watchers.append(self.scenarios_changed)
        self._clients[client] = socket
        client.tell(News("hello"))

    def _leave(self, client: Client) -> None:
        del self._clients[client]
        if not self._clients:
            self._house.runs.journal.watchers.remove(self)
            self._house.shelf.watchers.remove(self.scenarios_changed)
            self._told.clear()


async def _send_all(client: Client, socket: Socket) -> None:
    """Send what is pending, as it comes; a client that fell behind is told, then dropped."""
    try:
        while not client.lost:
            client.waiting.clear()
            while client.pending:
                await socket.send_str(json.dumps(_in_words(client.pending.popleft())))
            if not client.lost:
                await client.waiting.wait()
        async with asyncio.timeout(_LAG_SECONDS):
            await socket.send_str(json.dumps({"type": "lost", "why": "too slow for the feed"}))
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"too slow")
    except (ConnectionError, TimeoutError):
        return


def _in_words(news: News) -> dict[str, Any]:
    said: dict[str, Any] = {"type": news.type}
    if news.entry is None:
        return said
    if news.sent is None:
        show = show_request if news.type == BEGAN else show_entry
        return {**said, "entry": show(news.entry)}
    sent = news.sent
    return {
        **said,
        "number": news.entry.number,
        "run": news.entry.run,
        "index": news.nth,
        "planned_ms": sent.planned_ms,
        "actual_ms": sent.actual_ms,
        "size": len(sent.data),
        **show_bytes(sent.data[:SHOWN_BYTES]),
    }
