"""Who leaves early closes the connection, and nobody waits for another."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from tests.relay.raw_server import STREAM, chunk
from tests.relay.upstream.scripts import END, HI, PATIENCE, WHOLE, sends

if TYPE_CHECKING:
    from tests.relay.raw_server import Connection


async def test_closing_early_closes_the_connection(serve, client):
    server = await serve(sends(STREAM, chunk(HI), chunk(END), then="hold"))
    async with aclosing(client(server).ask()) as batches:
        await anext(batches)
    async with asyncio.timeout(PATIENCE):
        await server.connections[0].closed.wait()


@pytest.mark.parametrize(
    "pieces", [(), (STREAM,), (STREAM, chunk(HI))], ids=["headers", "first-byte", "next-byte"]
)
async def test_cancelling_closes_the_connection(serve, client, pieces):
    is_asked = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.send(*pieces)
        is_asked.set()
        await connection.until_closed()

    server = await serve(script)
    task = asyncio.create_task(client(server).run())
    async with asyncio.timeout(PATIENCE):
        await is_asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.connections[0].closed.wait()


async def test_many_turns_at_once_wait_for_nobody(serve, client):
    everyone = asyncio.Event()
    count = itertools.count(1)

    async def script(connection: Connection) -> None:
        if next(count) == 120:
            everyone.set()
        await everyone.wait()
        await connection.send(WHOLE)

    asker = client(await serve(script))
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        for _ in range(120):
            group.create_task(asker.run())
    assert len(asker.events) == 240
