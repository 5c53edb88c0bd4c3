"""The user who must not notice what others do, as a process of its own.

In one process with thousands of busy browsers, the clock of this user would measure that process.

usage: python -m bench.relay.loads.other_user PORT
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from bench.mock.errors import ServerFailed
from bench.relay.loads.browsers import Site

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

_HEALTHZ_SECONDS = 0.02


@dataclass(slots=True)
class Waits:
    """The longest waits of one user, in seconds."""

    stream: float = 0.0
    health: float = 0.0


async def measured(load: Callable[[Site], Awaitable[None]], site: Site) -> Waits:
    """Return the waits of the other user during a load; raises `ServerFailed` if it had an error.

    Raises what the load raises.
    """
    command = ("-m", __name__, str(site.port))
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdin=PIPE, stdout=PIPE
    )
    try:
        assert process.stdout is not None
        if await process.stdout.readline():
            await load(site)
    finally:
        waits, _ = await process.communicate(b"")  # closes its standard input
    if process.returncode:
        raise ServerFailed("a connection of the other user broke")
    return Waits(**json.loads(waits))


async def _watch(site: Site) -> Waits:
    """Say when the stream has begun, and measure until standard input closes."""
    waits = Waits()
    room = site.room("victim")
    reader, _ = await site.ask("victim", room, "victim")
    await reader.readuntil(b"tick")
    print("watching", flush=True)
    over = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    watching = [
        asyncio.create_task(_watch_stream(reader, waits)),
        asyncio.create_task(_watch_health(site, waits)),
    ]
    ended, _ = await asyncio.wait([over, *watching], return_when=asyncio.FIRST_COMPLETED)
    if over not in ended:
        raise ServerFailed("the relay ended a connection")
    for task in watching:
        task.cancel()
    await asyncio.wait(watching)
    return waits


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
        await asyncio.sleep(_HEALTHZ_SECONDS)


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(_watch(Site(int(sys.argv[1])))))))
