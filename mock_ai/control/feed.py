"""The live feed: everything that happens in the mock, as JSON messages over a WebSocket.

The feed does not use SSE, because a browser opens only six connections per host, and streams under
test need them. Each client has a bounded queue. A client that is too slow gets a message and is
disconnected, so it does not slow down the others.
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
    title_of,
)
from streamproof.mock_ai.control.parse_request import read_number
from streamproof.mock_ai.errors import InvalidRequest
from streamproof.mock_ai.http1.reply_reader import ReplyReader
from streamproof.mock_ai.http1.writer import ScheduledWrite

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamproof.contracts.sse import Event
    from streamproof.mock_ai.control.scope import Scope
    from streamproof.mock_ai.http1.writer import WireAction
    from streamproof.mock_ai.journal.deliveries import Delivery
    from streamproof.mock_ai.journal.journal import JournalEntry, SentWrite
    from streamproof.mock_ai.serving.state import MockState

MAX_PENDING: Final = 5_000
MAX_CLIENTS: Final = 50
SHOWN_BYTES: Final = 4_096
"""Bytes of one write in a message; the journal has all bytes."""

MAX_BATCH: Final = 500
MAX_BATCH_MS: Final = 1_000
_LAG_SECONDS: Final = 5.0
_HEARTBEAT_SECONDS: Final = 30.0


class Socket(Protocol):
    """The part of aiohttp's WebSocket that the feed uses."""

    async def send_str(self, data: str) -> None:
        """Send a message, and wait while the connection is full."""

    async def close(self, *, code: int, message: bytes) -> object:
        """Close the connection."""


class FeedMessage(NamedTuple):
    """A message of the feed; `details` returns its JSON only when it is sent."""

    type: str
    entry: JournalEntry | None = None
    details: Callable[[], JsonObject] = dict


@dataclass(eq=False)
class Progress:
    """How much of a reply was reported: its next action, and the number of its writes."""

    read: ReplyReader
    actions: Sequence[WireAction]
    action: int = 0
    writes: int = 0


@dataclass(eq=False)
class Subscriber:
    """One client of the feed, the entries that it gets, and its queue of messages."""

    accepts: Callable[[JournalEntry], bool]
    all_runs: bool = True
    """Whether it gets messages of all runs, and so of deliveries, which belong to no run."""
    batch_ms: int | None = None
    """The pause between two messages that have several as an array; None sends each at once."""
    pending: deque[FeedMessage] = field(default_factory=deque)
    lost: bool = False
    waiting: asyncio.Event = field(default_factory=asyncio.Event)

    def send(self, message: FeedMessage) -> None:
        """Queue a message; if the queue is full, the client is lost."""
        if self.lost or (message.entry is not None and not self.accepts(message.entry)):
            return
        if len(self.pending) == MAX_PENDING:
            self.lost = True
            self.pending.clear()
        else:
            self.pending.append(message)
        self.waiting.set()


class Feed:
    """Observes the journal, the registry and the deliveries while it has clients."""

    def __init__(self, state: MockState) -> None:
        self._state = state
        self._clients: dict[Subscriber, web.WebSocketResponse] = {}
        self._progress: dict[JournalEntry, Progress] = {}

    def began(self, entry: JournalEntry) -> None:
        """Report a new request."""
        self._send(FeedMessage("began", entry, partial(self._show_began, entry)))

    def wrote(self, entry: JournalEntry, writes: int) -> None:
        """Report the latest `writes` writes of a reply."""
        progress = self._progress.get(entry)
        if progress is None:
            progress = self._progress[entry] = Progress(
                ReplyReader(entry.request.method), entry.actions
            )
        for index in range(progress.writes, entry.written):
            while not isinstance(write := entry.actions[progress.action], ScheduledWrite):
                progress.action += 1
            progress.action += 1
            events = progress.read.feed(write.data)
            if index >= entry.written - writes:
                sent = entry.sent(write, index)
                details = partial(
                    _show_write,
                    sent,
                    index,
                    events,
                    total_bytes=progress.read.bytes,
                    total_events=progress.read.events,
                    problem=progress.read.problem,
                    pushed=progress.actions is not entry.actions,
                )
                self._send(FeedMessage("write", entry, details))
        progress.writes, progress.actions = entry.written, entry.actions

    def state_changed(self, entry: JournalEntry) -> None:
        """Report that a reply begins, is held or paused, or continues."""
        state = state_json(self._state.runs.live(entry))
        self._send(FeedMessage("state", entry, lambda: state))

    def ended(self, entry: JournalEntry) -> None:
        """Report that a reply has ended."""
        self._progress.pop(entry, None)
        self._send(FeedMessage("ended", entry, lambda: {"entry": entry_json(entry)}))

    def scenarios_changed(self) -> None:
        """Report that scenarios or the errors of their files changed."""
        registry = self._state.registry
        shown = {"errors": [error.render() for error in registry.errors]}
        self._send(FeedMessage("scenarios", details=lambda: shown))

    def cleared(self) -> None:
        """Report that entries of the journal were deleted."""
        self._send(FeedMessage("cleared"))

    def delivered(self, message_id: str, index: int, deliveries: Sequence[Delivery]) -> None:
        """Report deliveries to the clients that get messages of all runs."""
        message = FeedMessage(
            "delivered", details=partial(_deliveries_json, message_id, index, deliveries)
        )
        for client in self._clients:
            if client.all_runs:
                client.send(message)

    def _show_began(self, entry: JournalEntry) -> JsonObject:
        registry = self._state.registry
        about = {"title": title_of(entry, registry), "faults": faults_json(entry, registry)}
        return {"entry": {**request_json(entry), **about}}

    def _send(self, message: FeedMessage) -> None:
        for client in self._clients:
            client.send(message)

    async def serve(self, request: web.Request, scope: Scope) -> web.WebSocketResponse:
        """Serve one client until it leaves or is too slow."""
        batch_ms = _read_batch_ms(request)
        if len(self._clients) >= MAX_CLIENTS:
            raise web.HTTPServiceUnavailable(reason=f"the feed has {MAX_CLIENTS} clients already")
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT_SECONDS)
        if not socket.can_prepare(request).ok:
            example = "new WebSocket('ws://HOST/__mock/feed')"
            raise InvalidRequest(f"wanted a WebSocket request, for example {example}")
        await socket.prepare(request)
        client = Subscriber(scope.has, scope.run_id is None, batch_ms)
        self._listen(client, socket)
        sending = asyncio.create_task(_send_all(client, socket))
        try:
            async for _ in socket:
                pass  # messages of clients are ignored; the loop ends when the client leaves
        finally:
            self._leave(client)
            sending.cancel()
            await asyncio.wait([sending])
        return socket

    async def close(self, _app: web.Application) -> None:
        """Disconnect all clients, because the mock stops."""
        sockets = list(self._clients.values())
        for socket in sockets:
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the mock stops")

    def _listen(self, client: Subscriber, socket: web.WebSocketResponse) -> None:
        if not self._clients:
            self._state.runs.journal.watchers.append(self)
            self._state.registry.watchers.append(self.scenarios_changed)
            self._state.runs.deliveries.watchers.append(self.delivered)
            self._state.watchers.append(self.cleared)
        self._clients[client] = socket
        client.send(FeedMessage("hello"))

    def _leave(self, client: Subscriber) -> None:
        del self._clients[client]
        if not self._clients:
            self._state.runs.journal.watchers.remove(self)
            self._state.registry.watchers.remove(self.scenarios_changed)
            self._state.runs.deliveries.watchers.remove(self.delivered)
            self._state.watchers.remove(self.cleared)
            self._progress.clear()


async def _send_all(client: Subscriber, socket: Socket) -> None:
    """Send queued messages until cancelled; a client that is too slow is disconnected."""
    try:
        while not client.lost:
            client.waiting.clear()
            if client.batch_ms is None:
                while client.pending:
                    await socket.send_str(json.dumps(_as_json(client.pending.popleft())))
            elif client.pending:
                count = min(len(client.pending), MAX_BATCH)
                messages = [_as_json(client.pending.popleft()) for _ in range(count)]
                await socket.send_str(json.dumps(messages))
                await asyncio.sleep(0 if client.pending else client.batch_ms / 1000)
            if not client.lost and not client.pending:
                await client.waiting.wait()
        async with asyncio.timeout(_LAG_SECONDS):
            lost = {"type": "lost", "why": "too slow for the feed"}
            await socket.send_str(json.dumps(lost if client.batch_ms is None else [lost]))
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"too slow")
    except (ConnectionError, TimeoutError):
        return


def _read_batch_ms(request: web.Request) -> int | None:
    if "batch_ms" not in request.query:
        return None
    return read_number(request.query, "batch_ms", 0, most=MAX_BATCH_MS)


def _as_json(message: FeedMessage) -> JsonObject:
    entry = message.entry
    which = {} if entry is None else {"number": entry.number, "run": entry.run}
    return {"type": message.type, **which, **message.details()}


def _show_write(
    sent: SentWrite, index: int, events: Sequence[Event], **totals: object
) -> JsonObject:
    """Return a write as JSON; a large one is cut and has no events. The journal has them all."""
    size = len(sent.data)
    return {
        "index": index,
        **times_json(sent),
        "size": size,
        **bytes_json(sent.data[:SHOWN_BYTES]),
        "events": [event_json(one) for one in events] if size <= SHOWN_BYTES else [],
        **totals,
    }


def _deliveries_json(message_id: str, index: int, deliveries: Sequence[Delivery]) -> JsonObject:
    frames = [delivery_json(one) for one in deliveries]
    return {"message_id": message_id, "index": index, "frames": frames}
