"""Relays behind PgBouncer in transaction mode, with a direct connection on which they listen."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from tests.relay.conftest import Stream, bearer
from tests.relay.pooler import running_pooler
from tests.relay.relay_process import running_replicas
from tests.relay.scripted_ai import END, content
from tests.relay.test_kill import check, read_until_broken, text_of
from tests.relay.test_replica_processes import ask, new_room, resume

pytestmark = pytest.mark.prove

CONNECTIONS = 4
"""The connections of the pooler, of which each transaction gets any."""
USERS = 12
PIECES = 20
OPEN = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = 'migrated' AND pid <> pg_backend_pid()"
)


@pytest.fixture
async def replicas(ai, postgres, tmp_path):
    """Start two relays behind the pooler."""
    direct = postgres.migrated()
    settings = {"database_listen": direct, "lease_seconds": 1.0, "keep_alive_seconds": 60.0}
    with running_pooler(direct, CONNECTIONS) as pooled:
        async with running_replicas(ai, pooled, tmp_path, **settings) as replicas:
            yield replicas


async def test_frames_of_one_relay_arrive_at_the_browsers_of_the_other(ai, replicas, browser):
    owner, other = replicas
    room = await new_room(other, browser)
    stream = Stream(await ask(owner, browser, room))
    call = await ai.call()
    await call.send(content("first"))
    seen = [await stream.next(), await stream.next()]
    headers = {"Last-Event-ID": seen[-1].id}
    answer = await browser.get(f"{other.url}/api/chat/stream", headers=headers)
    resumed = Stream(answer)
    for n in range(PIECES):
        await call.send(content(f" {n}"))
        assert await resumed.next() == await stream.next()
    await call.finish(END)
    assert await resumed.rest() == await stream.rest()


async def test_many_turns_share_the_connections_of_the_pooler(ai, replicas, postgres):
    ai.script = b"".join(content(f" {n}") for n in range(PIECES)) + END

    async def converse(number):
        async with aiohttp.ClientSession(headers=bearer(f"user-{number}")) as browser:
            relay = replicas[number % 2]
            for _ in range(3):
                room = await new_room(relay, browser)
                frames = await Stream(await ask(relay, browser, room)).rest()
                assert text_of(frames) == "".join(f" {n}" for n in range(PIECES))
                assert frames[-1].event == "end"

    await asyncio.gather(*(converse(number) for number in range(USERS)))
    [(connections,)] = postgres.execute(OPEN)
    assert connections <= CONNECTIONS + len(replicas)  # each relay listens on one of its own


async def test_the_turn_of_a_killed_relay_is_taken_over(ai, replicas, browser):
    owner, other = replicas
    room = await new_room(other, browser)
    reading = asyncio.create_task(read_until_broken(await ask(owner, browser, room)))
    call = await ai.call()
    for n in range(3):
        await call.send(content(f" {n}"))
    await owner.kill()
    received = await reading
    call.over.set()
    frames = await resume(other, browser, received)
    assert frames[: len(received)] == received
    assert frames[-1].event == "error"
    await check(other, browser, room, received)
