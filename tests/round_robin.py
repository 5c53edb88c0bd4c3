"""A load balancer for tests: each request goes to the next of some servers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import cycle
from threading import Thread
from typing import Final
from urllib.parse import urlsplit

KEEP_ALIVE: Final = b"\r\nConnection: keep-alive\r\n"
CLOSE: Final = b"\r\nConnection: close\r\n"


@contextmanager
def round_robin(urls: Sequence[str]) -> Iterator[str]:
    """Serve in a thread until the block ends; gives the URL."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    balancer = _Balancer(urls)
    try:
        yield asyncio.run_coroutine_threadsafe(balancer.start(), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(balancer.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Balancer:
    """Passes bytes on, and lets a server close each connection after its first response."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._next = cycle([urlsplit(url).port for url in urls])
        self._server: asyncio.Server | None = None
        self._connections = set[asyncio.Task[None]]()

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        with closing(writer), suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            backend = await asyncio.open_connection("127.0.0.1", next(self._next))
            with closing(backend[1]):
                backend[1].write(head.replace(KEEP_ALIVE, CLOSE))
                sending = asyncio.create_task(_pass_on(reader, backend[1]))
                await _pass_on(backend[0], writer)
                sending.cancel()
        self._connections.discard(connection)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
