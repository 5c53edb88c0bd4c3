"""A server on a bare socket: a script decides every byte of each connection."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

CRLF = "\r\n"
LAST_CHUNK = b"0\r\n\r\n"


def head(status: str = "200 OK", **headers: str) -> bytes:
    """Return a status line and headers; `_` in a name becomes `-`."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return CRLF.join([f"HTTP/1.1 {status}", *lines, "", ""]).encode()


STREAM = head(Content_Type="text/event-stream", Transfer_Encoding="chunked")


def chunk(data: bytes) -> bytes:
    """Return one HTTP chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data)


@dataclass(frozen=True, slots=True)
class Request:
    """The request of one connection."""

    line: str
    headers: dict[str, str]
    body: Any


@dataclass(slots=True)
class Connection:
    """One accepted connection, after its request was read."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    request: Request
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the client has closed its side, or reset the connection."""

    async def send(self, *pieces: bytes) -> None:
        """Write the pieces, and wait until the kernel has taken most of them."""
        self.writer.write(b"".join(pieces))
        await self.writer.drain()

    async def until_closed(self) -> None:
        """Wait until the client closes."""
        with suppress(ConnectionError):
            await self.reader.read()
        self.closed.set()

    def reset(self) -> None:
        """Close with RST."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


class RawServer:
    """Runs one script per connection, and the last one again for further connections."""

    def __init__(self, *scripts: Callable[[Connection], Awaitable[None]]) -> None:
        self.connections: list[Connection] = []
        self._scripts = scripts
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def requests(self) -> list[Request]:
        """The requests so far."""
        return [connection.request for connection in self.connections]

    async def start(self, port: int = 0) -> Self:
        """Listen on the loopback address."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", port)
        return self

    @property
    def url(self) -> str:
        """The URL of the server."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """Stop listening and end all scripts."""
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            connection = Connection(reader, writer, await _request(reader))
            self.connections.append(connection)
            script = self._scripts[min(len(self.connections), len(self._scripts)) - 1]
            await script(connection)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def _request(reader: asyncio.StreamReader) -> Request:
    text = (await reader.readuntil(b"\r\n\r\n")).decode()
    line, *fields = text.rstrip().split(CRLF)
    headers = {name.lower(): value.strip() for name, _, value in (f.partition(":") for f in fields)}
    return Request(
        line, headers, json.loads(await reader.readexactly(int(headers["content-length"])))
    )
