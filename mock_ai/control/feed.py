"""The live feed: everything that happens in the mock, as JSON messages over a WebSocket.

Never as SSE: a browser opens six connections to a host, and streams under test need them. Each
client has a bounded queue; one that falls behind is told and dropped, and slows nobody down.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from aiohttp import WSCloseCode, web

from streamproof.mock_ai.control.faults import faults_json
from streamproof.mock_ai.control.json_views import (
    JsonObject,
    bytes_json,
    delivery_json,
    entry_json,
    event_json,
    request_json,
    state_json,
    times_json,
)
from streamproof.mock_ai.errors import InvalidRequest
from streamproof.mock_ai.http1.reply_reader import ReplyReader
from streamproof.mock_ai.http1.writer import ScheduledWrite

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamproof.contracts.sse import Event
    from streamproof.mock_ai.control.scope import Scope
    from streamproof.mock_ai.journal.deliveries import Delivery
    from streamproof.mock_ai.journal.journal import JournalEntry, SentWrite
    from streamproof.mock_ai.serving.state import MockState

MAX_PENDING: Final = 5_000
MAX_CLIENTS: Final = 50
SHOWN_BYTES: Final = 4_096
"""Of one write; all bytes are in the journal."""

_LAG_SECONDS: Final = 5.0
_HEARTBEAT_SECONDS: Final = 30.0


class Socket(Protocol):
    """Where messages are sent; aiohttp's WebSocket is one."""

    async def send_str(self, data: str) -> None:
        """Send a message, and wait while there is no room for it."""

    async def close(self, *, code: int, message: bytes) -> object:
        """Say goodbye."""


class FeedMessage(NamedTuple):
    """Something that happened; it is put into words only when it is sent."""

    type: str
    entry: JournalEntry | None = None
    say: Callable[[], JsonObject] = dict


@dataclass(eq=False)
class Progress:
    """How far listeners were told of a reply: the action that comes next, and what was written."""

    read: ReplyReader
    action: int = 0
    writes: int = 0


@dataclass(eq=False)
class Subscriber:
    """One listener, what it hears of, and what it has not yet been sent."""

    hears: Callable[[JournalEntry], bool]
    whole: bool = True
    """Whether it hears of all runs, and so of what was seen downstream of any message."""
    pending: deque[FeedMessage] = field(default_factory=deque)
    lost: bool = False
    waiting: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, news: FeedMessage) -> None:
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

    def __init__(self, state: MockState) -> None:
        self._house = state
        self._clients: dict[Subscriber, web.WebSocketResponse] = {}
        self._told: dict[JournalEntry, Progress] = {}

    def began(self, entry: JournalEntry) -> None:
        """Tell of a request."""
        self._tell(FeedMessage("began", entry, partial(self._show_began, entry)))

    def wrote(self, entry: JournalEntry, writes: int) -> None:
        """Tell of each write."""
        told = self._told.get(entry)
        if told is None:
            told = self._told[entry] = Progress(ReplyReader(entry.request.method))
        for index in range(told.writes, entry.written):
            while not isinstance(write := entry.actions[told.action], ScheduledWrite):
                told.action += 1
            told.action += 1
            events = told.read.feed(write.data)
            if index >= entry.written - writes:
                sent = entry.sent(write, index)
                totals = told.read.bytes, told.read.events
                say = partial(_show_write, sent, index, events, *totals)
                self._tell(FeedMessage("write", entry, say))
        told.writes = entry.written

    def turned(self, entry: JournalEntry) -> None:
        """Tell that a reply begins, is held or paused, or goes on."""
        state = state_json(self._house.runs.live(entry))
        self._tell(FeedMessage("state", entry, lambda: state))

    def ended(self, entry: JournalEntry) -> None:
        """Tell that a reply has ended."""
        self._told.pop(entry, None)
        self._tell(FeedMessage("ended", entry, lambda: {"entry": entry_json(entry)}))

    def scenarios_changed(self) -> None:
        """Tell that scenarios came, went or changed."""
        self._tell(FeedMessage("scenarios"))

    def seen(self, message_id: str, index: int, sightings: Sequence[Delivery]) -> None:
        """Tell what was seen downstream to those who hear of all runs: a message has none."""
        news = FeedMessage("seen", say=partial(_show_seen, message_id, index, sightings))
        for client in self._clients:
            if client.whole:
                client.tell(news)

    def _show_began(self, entry: JournalEntry) -> JsonObject:
        faults = faults_json(entry, self._house.registry)
        return {"entry": {**request_json(entry), "faults": faults}}

    def _tell(self, news: FeedMessage) -> None:
        for client in self._clients:
            client.tell(news)

    async def serve(self, request: web.Request, scope: Scope) -> web.WebSocketResponse:
        """Send one client everything until it leaves, or cannot keep up."""
        if len(self._clients) >= MAX_CLIENTS:
            raise web.HTTPServiceUnavailable(reason=f"{MAX_CLIENTS} clients listen already")
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT_SECONDS)
        if not socket.can_prepare(request).ok:
            raise InvalidRequest(
                "wanted a WebSocket, as new WebSocket('ws://…/__mock/feed') asks for one"
            )
        await socket.prepare(request)
        client = Subscriber(scope.has, whole=scope.run_id is None)
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

    def _listen(self, client: Subscriber, socket: web.WebSocketResponse) -> None:
        if not self._clients:
            self._house.runs.journal.watchers.append(self)
            self._house.registry.watchers.append(self.scenarios_changed)
            self._house.runs.deliveries.watchers.append(self.seen)
        self._clients[client] = socket
        client.tell(FeedMessage("hello"))

    def _leave(self, client: Subscriber) -> None:
        del self._clients[client]
        if not self._clients:
            self._house.runs.journal.watchers.remove(self)
            self._house.registry.watchers.remove(self.scenarios_changed)
            self._house.runs.deliveries.watchers.remove(self.seen)
            self._told.clear()


async def _send_all(client: Subscriber, socket: Socket) -> None:
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


def _in_words(news: FeedMessage) -> JsonObject:
    which = {} if news.entry is None else {"number": news.entry.number, "run": news.entry.run}
    return {"type": news.type, **which, **news.say()}


def _show_write(
    sent: SentWrite, index: int, events: Sequence[Event], total_bytes: int, total_events: int
) -> JsonObject:
    """Show a write; of a large one neither all bytes nor any events, which are in the journal."""
    size = len(sent.data)
    return {
        "index": index,
        **times_json(sent),
        "size": size,
        **bytes_json(sent.data[:SHOWN_BYTES]),
        "events": [event_json(one) for one in events] if size <= SHOWN_BYTES else [],
        "total_bytes": total_bytes,
        "total_events": total_events,
    }


def _show_seen(message_id: str, index: int, sightings: Sequence[Delivery]) -> JsonObject:
    frames = [delivery_json(one) for one in sightings]
    return {"message_id": message_id, "index": index, "frames": frames}
