"""A TCP line between browser and relay that can be cut, go silent, or answer with an error."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf
from typing import Final
from urllib.parse import urlsplit

BAD_GATEWAY: Final = (
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 3\r\n"
    b"Connection: close\r\n\r\n502"
)


class FaultyLine:
    """Passes bytes in both directions until it is cut; it accepts new connections at once.

    A stream that `mute` has silenced stays open, and no byte passes any more. `fail_next` makes
    the next connections answer 502, as a proxy does whose backend is gone; None fails all of them.
    """

    def __init__(self, host: str, port: int) -> None:
        self._address = host, port
        self._writers: set[asyncio.StreamWriter] = set()
        self._streaming: set[asyncio.StreamWriter] = set()
        self._muted: set[asyncio.StreamWriter] = set()
        self._failing: float = 0
        self.url = ""

    def cut(self) -> None:
        """Abort every open connection."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    def mute(self) -> None:
        """Let no byte of the streams there are pass any more."""
        self._muted |= self._streaming

    def fail_next(self, connections: int | None) -> None:
        """Answer the next connections with 502; None means all."""
        self._failing = inf if connections is None else connections

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it ends."""
        if self._failing:
            self._failing -= 1
            await reader.readuntil(b"\r\n\r\n")
            writer.write(BAD_GATEWAY)
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection(*self._address)
        self._writers |= {writer, far_writer}
        try:
            there, back = self._carry(reader, far_writer), self._carry(far_reader, writer)
            await asyncio.gather(there, back, return_exceptions=True)
        finally:
            for one in (writer, far_writer):
                self._writers.discard(one)
                self._streaming.discard(one)
                self._muted.discard(one)
                one.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            if b"Content-Type: text/event-stream" in data:
                self._streaming.add(writer)
            if writer not in self._muted:
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def faulty_line(url: str) -> AsyncIterator[FaultyLine]:
    """Open a line to a URL; the line has its own URL."""
    parts = urlsplit(url)
    line = FaultyLine(str(parts.hostname), int(parts.port or 80))
    server = await asyncio.start_server(line.connected, "127.0.0.1", 0)
    line.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield line
    finally:
        server.close()
        line.cut()
        await server.wait_closed()
