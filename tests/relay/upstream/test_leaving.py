"""A client that stops early closes its connection, and turns do not wait for each other."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import pytest

from tests.relay.raw_server import STREAM, chunk
from tests.relay.upstream.scripts import END, HI, PATIENCE, WHOLE, sends

if TYPE_CHECKING:
    from tests.relay.raw_server import Connection


async def test_the_end_of_the_reading_closes_the_connection(serve, client):
    server = await serve(sends(STREAM, chunk(HI), chunk(END), then="hold"))
    relay_client = client(server)
    running = asyncio.create_task(relay_client.run())
    await relay_client.until(1)
    relay_client.reply.finish()
    await running
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


async def test_many_turns_can_run_at_once(serve, client):
    all_connected = asyncio.Event()
    count = itertools.count(1)

    async def script(connection: Connection) -> None:
        if next(count) == 120:
            all_connected.set()
        await all_connected.wait()
        await connection.send(WHOLE)

    relay_client = client(await serve(script))
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        for _ in range(120):
            group.create_task(relay_client.run())
    assert len(relay_client.events) == 240
