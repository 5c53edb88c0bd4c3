"""Services that are scripted byte by byte, and a recorder in front of them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from streamproof.mock_ai.actions import HangUp
from streamproof.mock_ai.clock import Clock, LoopClock
from streamproof.mock_ai.playing.wire import reset
from streamproof.mock_ai.recording.exchange import RecordedExchange
from streamproof.mock_ai.recording.proxy import FinishedRequest
from streamproof.mock_ai.recording.recorder import recording
from streamproof.mock_ai.recording.target import ProxyTarget

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"

Answer = Callable[["Talk"], Awaitable[None]]


def chunk(data: bytes) -> bytes:
    """Frame one HTTP chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data)


@dataclass
class Talk:
    """The service's side of one connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def question(self) -> bytes:
        """Read the head of the request."""
        return await self.reader.readuntil(b"\r\n\r\n")

    async def whole_question(self) -> bytes:
        """Read the head and the body of a request."""
        head = await self.question()
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        return head + await self.reader.readexactly(int(length[1]) if length else 0)

    async def say(self, *data: bytes) -> None:
        """Send bytes in one write."""
        self.writer.write(b"".join(data))
        await self.writer.drain()

    async def hang_up(self, ending: HangUp) -> None:
        """Close by FIN or RST."""
        if ending.reset:
            await reset(cast("asyncio.Transport", self.writer.transport), LoopClock())
        else:
            self.writer.close()


@dataclass
class Recording:
    """A recording proxy in front of a service, and its reports."""

    url: str
    reports: asyncio.Queue[FinishedRequest] = field(default_factory=asyncio.Queue)

    async def exchange(self) -> RecordedExchange:
        """Wait for the next exchange to end, and return it."""
        finished = await self.reports.get()
        assert finished.exchange is not None, finished.problem
        return finished.exchange


@asynccontextmanager
async def service(answer: Answer) -> AsyncIterator[str]:
    """Serve each connection with `answer`, and yield the URL."""
    talks: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            await answer(Talk(reader, writer))
        finally:
            talks.discard(task)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


@asynccontextmanager
async def recorded(upstream: str, clock: Clock | None = None) -> AsyncIterator[Recording]:
    """Record a service."""
    reports: asyncio.Queue[FinishedRequest] = asyncio.Queue()
    async with recording(
        ProxyTarget.parse(upstream), reports.put_nowait, public=True, clock=clock
    ) as url:
        yield Recording(url, reports)


@asynccontextmanager
async def recorded_service(answer: Answer) -> AsyncIterator[Recording]:
    """Record a scripted service."""
    async with service(answer) as upstream, recorded(upstream) as proxy:
        yield proxy
