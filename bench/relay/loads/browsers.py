"""Browsers that do their worst."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from bench.mock.errors import ServerFailed
from bench.relay.contenders import SECRET
from streamproof.relay.auth import issue_token

LOAD_SECONDS = 5.0
_ANSWER_SECONDS = 30.0
_REQUEST_BYTES = 1_048_576
"""More than the longest request takes in the send buffer of its socket."""


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
        writer.write(question(user, room, message.replace(" ", "+").encode()))
        await writer.drain()
        return reader, writer


def bearer(user: str) -> str:
    """Return the value of an `Authorization` header."""
    return f"Bearer {issue_token(SECRET, user, 3600)}"


def question(user: str, room: str, message: bytes) -> bytes:
    """Return the request that asks; the message is URL-encoded."""
    body = b"message=" + message
    head = (
        f"POST /api/chat/{room}/stream HTTP/1.1\r\nHost: x\r\nAuthorization: {bearer(user)}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


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


async def _crowd(site: Site, requests: Sequence[bytes], answer: bytes = b"") -> None:
    """Open a connection for each request, and send all requests at once."""
    await _send_at_once(await _connected(site, len(requests)), requests, answer)


async def _send_at_once(
    sockets: Sequence[socket.socket], requests: Sequence[bytes], answer: bytes
) -> None:
    """Send a request on each connection, and keep the connections for some seconds.

    Raises `ServerFailed` for an answer that does not begin like this one, and `TimeoutError` if
    one is missing.
    """
    for sock, request in zip(sockets, requests, strict=True):
        sock.send(request)
    await asyncio.sleep(LOAD_SECONDS)
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(_ANSWER_SECONDS):
        received = (loop.sock_recv(sock, len(answer)) for sock in sockets if answer)
        answers = Counter(await asyncio.gather(*received))
    for sock in sockets:
        sock.close()
    if set(answers) - {answer}:
        raise ServerFailed(f"wanted {answer!r} as every answer, got {answers}")


async def _connected(site: Site, count: int) -> list[socket.socket]:
    """Open connections at once; each can keep a whole request until the relay reads it."""
    sockets = [socket.socket() for _ in range(count)]
    for sock in sockets:
        sock.setblocking(False)  # noqa: FBT003 - the signature of the library
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _REQUEST_BYTES)
    loop, address = asyncio.get_running_loop(), ("127.0.0.1", site.port)
    await asyncio.gather(*(loop.sock_connect(sock, address) for sock in sockets))
    return sockets


async def _follow_one_turn(site: Site, user: str, reply_name: str, readers: int) -> None:
    """Ask, and open the stream of this turn many times, without reading."""
    room = await asyncio.to_thread(site.room, user)
    sockets = await _connected(site, readers)
    reader, writer = await site.ask(user, room, reply_name)
    await reader.readuntil(b"\r\n\r\n")  # the turn runs
    head = f"GET /api/chat/stream?chatRoomId={room} HTTP/1.1\r\nHost: x\r\n"
    request = f"{head}Authorization: {bearer(user)}\r\n\r\n".encode()
    await _send_at_once(sockets, [request] * readers, b"HTTP/1.1 200")
    writer.close()


async def many_browsers(site: Site) -> None:
    """Open the stream of one turn 3,000 times at once."""
    await _follow_one_turn(site, "crowd", "silent", 3000)


async def half_heads(site: Site) -> None:
    """Send 1,500 heads that do not end."""
    await _crowd(site, [b"GET /api/chat/rooms HTTP/1.1\r\nX-A: b"] * 1500)


async def stalled_readers(site: Site) -> None:
    """Open 300 streams of a turn with frames of 1 MiB, and never read them."""
    await _follow_one_turn(site, "stalled", "events of 1 MiB", 300)


async def many_questions(site: Site) -> None:
    """Let 100 users ask at the same moment."""
    users = [f"asker {n}" for n in range(100)]
    rooms = [await asyncio.to_thread(site.room, user) for user in users]
    requests = [question(user, room, b"silent") for user, room in zip(users, rooms, strict=True)]
    await _crowd(site, requests, b"HTTP/1.1 200")


async def long_forms(site: Site) -> None:
    """Send 50 forms with a message that is as long as it may be."""
    await _send_forms(site, b"%41" * 32_768, b"HTTP/1.1 404")


async def large_forms(site: Site) -> None:
    """Send 50 forms with a message that is too long, and takes long to decode."""
    await _send_forms(site, b"a%FF\xea\xb0\x80" * 16_000, b"HTTP/1.1 413")


async def _send_forms(site: Site, message: bytes, answer: bytes) -> None:
    await _crowd(site, [question("forms", "x", message)] * 50, answer)


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
    "50 forms as long as allowed": long_forms,
    "50 forms that are too large": large_forms,
}
