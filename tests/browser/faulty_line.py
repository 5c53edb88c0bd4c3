"""A TCP line between browser and relay that can be cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class FaultyLine:
    """Passes bytes in both directions until it is cut; it accepts new connections at once."""

    def __init__(self, host: str, port: int) -> None:
        self._address = host, port
        self._writers: set[asyncio.StreamWriter] = set()
        self.url = ""

    def cut(self) -> None:
        """Abort every open connection."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it ends."""
        far_reader, far_writer = await asyncio.open_connection(*self._address)
        self._writers |= {writer, far_writer}
        try:
            there, back = _carry(reader, far_writer), _carry(far_reader, writer)
            await asyncio.gather(there, back, return_exceptions=True)
        finally:
            for one in (writer, far_writer):
                self._writers.discard(one)
                one.close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
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
