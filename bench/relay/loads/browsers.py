"""Browsers that do their worst, and the user who must not notice it."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field

from bench.relay.contenders import SECRET
from streamproof.relay.auth import issue_token

LOAD_SECONDS = 5.0


@dataclass(slots=True)
class Waits:
    """The longest waits of one user, in seconds."""

    stream: float = 0.0
    health: float = 0.0


@dataclass(frozen=True, slots=True)
class Site:
    """A running relay."""

    port: int
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def room(self, user: str) -> str:
        """Create a room."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", "/api/chat/rooms", headers={"Authorization": bearer(user)})
        room: str = json.load(connection.getresponse())["id"]
        connection.close()
        return room

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection."""
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def ask(
        self, user: str, room: str, message: str
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Send a message, and return the connection with its stream."""
        reader, writer = await self.connect()
        body = f"message={message.replace(' ', '+')}".encode()
        writer.write(
            f"POST /api/chat/{room}/stream HTTP/1.1\r\nHost: x\r\nAuthorization: {bearer(user)}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        await writer.drain()
        return reader, writer


def bearer(user: str) -> str:
    """Return the value of an `Authorization` header."""
    return f"Bearer {issue_token(SECRET, user, 3600)}"


@asynccontextmanager
async def watched(site: Site) -> AsyncIterator[Waits]:
    """Measure, while the block runs, the waits of a user with a stream and of `/healthz`."""
    waits = Waits()
    room = await asyncio.to_thread(site.room, "victim")
    reader, writer = await site.ask("victim", room, "victim")
    await reader.readuntil(b"tick")
    tasks = [
        asyncio.create_task(_watch_stream(reader, waits)),
        asyncio.create_task(_watch_health(site, waits)),
    ]
    try:
        yield waits
    finally:
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if not isinstance(result, asyncio.CancelledError):
                waits.stream = waits.health = float("inf")  # a connection of the other user broke
        writer.close()


@contextmanager
def waited(waits: Waits, name: str) -> Iterator[None]:
    """Keep the time of the block if it is the longest, also if the block is cancelled."""
    began = time.monotonic()
    try:
        yield
    finally:
        setattr(waits, name, max(getattr(waits, name), time.monotonic() - began))


async def _watch_stream(reader: asyncio.StreamReader, waits: Waits) -> None:
    more = True
    while more:
        with waited(waits, "stream"):
            more = bool(await reader.read(65_536))


async def _watch_health(site: Site, waits: Waits) -> None:
    reader, writer = await site.connect()
    while True:
        with waited(waits, "health"):
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.readuntil(b'"ok"}')
        await asyncio.sleep(0.02)


async def reply(site: Site, name: str) -> None:
    """Let the AI service send one of its replies to three users at once."""
    await asyncio.gather(*(_read_reply(site, f"{name} {n}", name) for n in range(3)))


async def _read_reply(site: Site, user: str, name: str) -> None:
    room = await asyncio.to_thread(site.room, user)
    reader, writer = await site.ask(user, room, name)
    with suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(LOAD_SECONDS):
            while await reader.read(262_144):
                pass
    writer.close()


async def history(site: Site) -> None:
    """Read a history of long answers, again and again."""
    room = await asyncio.to_thread(site.room, "reader")
    for _ in range(4):
        reader, writer = await site.ask("reader", room, "an answer of 8 MiB")
        with suppress(TimeoutError):
            async with asyncio.timeout(20):
                while await reader.read(262_144):
                    pass
        writer.close()
    request = (
        f"GET /api/chat/{room}/messages?limit=200 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    )
    await asyncio.gather(*(_request(site, request, "reader") for _ in range(4)))


async def _request(site: Site, head: str, user: str) -> None:
    with suppress(ConnectionError):
        reader, writer = await site.connect()
        writer.write(f"{head}Authorization: {bearer(user)}\r\n\r\n".encode())
        while await reader.read(262_144):
            pass
        writer.close()


async def _crowd(site: Site, count: int, send: Callable[[int], bytes]) -> None:
    """Open many connections at once, send something on each, and keep them for some seconds."""
    sockets = []
    for number in range(count):
        sock = socket.socket()
        sock.setblocking(False)  # noqa: FBT003 - the signature of the library
        with suppress(BlockingIOError):
            sock.connect(("127.0.0.1", site.port))
        sockets.append((sock, send(number)))
    await asyncio.sleep(0.5)
    for sock, data in sockets:
        with suppress(OSError):
            sock.send(data)
    await asyncio.sleep(LOAD_SECONDS)
    for sock, _ in sockets:
        sock.close()


async def _follow_one_turn(site: Site, user: str, reply_name: str, readers: int) -> None:
    """Ask, and open the stream of this turn many times, without reading."""
    room = await asyncio.to_thread(site.room, user)
    _, writer = await site.ask(user, room, reply_name)
    head = f"GET /api/chat/stream?chatRoomId={room} HTTP/1.1\r\nHost: x\r\n"
    request = f"{head}Authorization: {bearer(user)}\r\n\r\n".encode()
    await _crowd(site, readers, lambda _: request)
    writer.close()


async def many_browsers(site: Site) -> None:
    """Open the stream of one turn 3,000 times at once."""
    await _follow_one_turn(site, "crowd", "silent", 3000)


async def half_heads(site: Site) -> None:
    """Send 1,500 heads that do not end."""
    await _crowd(site, 1500, lambda _: b"GET /api/chat/rooms HTTP/1.1\r\nX-A: b")


async def stalled_readers(site: Site) -> None:
    """Open 300 streams of a turn with frames of 1 MiB, and never read them."""
    await _follow_one_turn(site, "stalled", "events of 1 MiB", 300)


async def many_questions(site: Site) -> None:
    """Let 100 users ask at the same moment."""
    rooms = [await asyncio.to_thread(site.room, f"asker {n}") for n in range(100)]
    opened = await asyncio.gather(
        *(site.ask(f"asker {n}", room, "silent") for n, room in enumerate(rooms))
    )
    await asyncio.sleep(LOAD_SECONDS)
    for _, writer in opened:
        writer.close()


async def large_forms(site: Site) -> None:
    """Send 50 bodies that are larger than the limit."""
    body = b"message=" + b"%41" * 30_000
    head = (
        f"POST /api/chat/x/stream HTTP/1.1\r\nHost: x\r\nAuthorization: {bearer('forms')}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    await _crowd(site, 50, lambda _: head.encode() + body)


async def nothing(_site: Site) -> None:
    """Do nothing: the waits of a relay without another load."""
    await asyncio.sleep(LOAD_SECONDS)


BROWSERS: dict[str, Callable[[Site], Awaitable[None]]] = {
    "nothing": nothing,
    "a history of long answers": history,
    "3,000 browsers at once": many_browsers,
    "1,500 half-sent heads": half_heads,
    "300 readers that never read": stalled_readers,
    "100 questions at once": many_questions,
    "50 forms that are too large": large_forms,
}
