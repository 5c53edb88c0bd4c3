"""A client that knows nothing: it sends bytes, keeps bytes, and tells a FIN from an RST.

It is written apart from the codec and from aiohttp, so that a mistake of theirs shows here.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

FIN = "fin"
RST = "rst"


@dataclass
class RawConnection:
    """A TCP connection to the mock."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Send bytes."""
        self.writer.write(data)
        await self.writer.drain()

    async def ask(self, path: str, version: str = "1.1", method: str = "GET") -> None:
        """Send a request without a body."""
        await self.send(f"{method} {path} HTTP/{version}\r\nHost: x\r\n\r\n".encode())

    async def until(self, end: bytes) -> bytes:
        """Read up to and including these bytes."""
        return await self.reader.readuntil(end)

    async def rest(self) -> tuple[bytes, str]:
        """Read everything that still comes, and say how the connection ended."""
        got = b""
        try:
            while data := await self.reader.read(65_536):
                got += data
        except ConnectionResetError:
            return got, RST
        return got, FIN

    def stop_reading(self) -> None:
        """Take no more bytes from the kernel."""
        cast("asyncio.Transport", self.writer.transport).pause_reading()

    def read_on(self) -> None:
        """Take bytes from the kernel again."""
        cast("asyncio.Transport", self.writer.transport).resume_reading()

    def leave(self) -> None:
        """Close our side at once."""
        self.writer.transport.abort()


@asynccontextmanager
async def connection(url: str) -> AsyncIterator[RawConnection]:
    """Open a connection for as long as the block lasts."""
    address = urlsplit(url)
    opened = RawConnection(
        *await asyncio.open_connection(address.hostname, address.port, limit=64 * 1_048_576)
    )
    try:
        yield opened
    finally:
        opened.leave()


async def exchange(url: str, path: str, version: str = "1.1") -> tuple[bytes, bytes, str]:
    """Ask once; returns the head, what follows it, and how the connection ended."""
    async with connection(url) as raw:
        await raw.ask(path, version)
        head = await raw.until(b"\r\n\r\n")
        return head, *await raw.rest()
