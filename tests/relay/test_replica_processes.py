"""Relays in processes of their own on one PostgreSQL database: killed, frozen and replaced."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

import psycopg
import pytest

from streamproof.relay.storage.schema import LOCK
from tests.relay.conftest import Stream
from tests.relay.relay_process import RelayProcess, running_replicas
from tests.relay.scripted_ai import END, content
from tests.relay.test_kill import check, read_until_broken, text_of

pytestmark = pytest.mark.prove

EXPIRED = """SELECT id FROM relay.relay_turn
WHERE status = 'running' AND lease_until < clock_timestamp() AT TIME ZONE 'UTC'"""
EXPIRY_SECONDS = 30.0
"""A lease has run out after this time, and a database that is gone was noticed."""
PIECES = 40
MOMENTS = 12


@pytest.fixture
def lease(request):
    """Return the seconds of a lease."""
    return getattr(request, "param", 1.0)


@pytest.fixture
async def replicas(ai, postgres, tmp_path, lease):
    """Start two relays."""
    settings = {"lease_seconds": lease, "keep_alive_seconds": 0.5}
    async with running_replicas(ai, postgres.migrated(), tmp_path, **settings) as replicas:
        yield replicas


async def new_room(relay, browser):
    return (await (await browser.post(f"{relay.url}/api/chat/rooms")).json())["id"]


async def ask(relay, browser, room):
    answer = await browser.post(f"{relay.url}/api/chat/{room}/stream", data={"message": "Hello?"})
    assert answer.status == 200
    return answer


async def send_pieces(call, pieces):
    """Send some pieces, then the end after the last one; the relay may be gone."""
    with suppress(ConnectionError):
        for piece in ([content(f" {n}") for n in range(PIECES)] + [END])[:pieces]:
            await call.send(piece)
            await asyncio.sleep(0)


async def resume(relay, browser, received):
    """Resume after the last frame, until the end; return all frames."""
    headers = {"Last-Event-ID": received[-1].id}
    answer = await browser.get(f"{relay.url}/api/chat/stream", headers=headers)
    return received + (await Stream(answer).rest() if answer.status == 200 else [])


async def test_kill_9_of_the_owner_loses_nothing_that_was_shown(ai, replicas, browser):
    chance = random.Random(1)
    owner, other = replicas
    for _ in range(MOMENTS):
        room = await new_room(other, browser)
        reading = asyncio.create_task(read_until_broken(await ask(owner, browser, room)))
        call = await ai.call()
        await send_pieces(call, chance.randint(1, PIECES + 1))
        await owner.kill()
        received = await reading
        frames = await resume(other, browser, received)
        assert frames[: len(received)] == received
        assert frames[-1].event in {"end", "error"}
        call.over.set()
        await check(other, browser, room, received)
        await owner.start()
    assert len(ai.calls) == MOMENTS


async def test_both_replicas_can_be_killed(ai, replicas, browser):
    room = await new_room(replicas[0], browser)
    reading = asyncio.create_task(read_until_broken(await ask(replicas[0], browser, room)))
    call = await ai.call()
    await send_pieces(call, 5)
    for replica in replicas:
        await replica.kill()
    received = await reading
    call.over.set()
    await replicas[1].start()
    frames = await resume(replicas[1], browser, received)
    assert frames[-1].event == "error"
    await check(replicas[1], browser, room, received)


async def test_a_relay_that_was_frozen_for_longer_than_its_lease_adds_nothing(
    ai, replicas, browser
):
    owner, other = replicas
    room = await new_room(other, browser)
    stream = Stream(await ask(owner, browser, room))
    call = await ai.call()
    await send_pieces(call, 3)
    received = [await stream.next() for _ in range(4)]
    owner.freeze()
    await send_pieces(call, PIECES)
    frames = await resume(other, browser, received)
    assert frames[-1].event == "error"
    owner.thaw()
    received += await stream.rest()
    assert received == frames
    call.over.set()
    await check(other, browser, room, received)
    assert len(ai.calls) == 1
    again = await browser.get(f"{owner.url}/api/chat/stream", params={"chatRoomId": room})
    assert again.status == 204


@pytest.mark.parametrize("lease", [4.0], indirect=True)
async def test_relays_that_are_frozen_together_keep_their_turns(ai, replicas, browser, postgres):
    owner, other = replicas
    room = await new_room(other, browser)
    stream = Stream(await ask(owner, browser, room))
    call = await ai.call()
    await send_pieces(call, 3)
    for replica in replicas:
        replica.freeze()
    async with asyncio.timeout(EXPIRY_SECONDS):
        while not await asyncio.to_thread(postgres.execute, EXPIRED, "migrated"):
            pass
    other.thaw()
    assert (await browser.get(f"{other.url}/readyz")).status == 200  # it has looked at the leases
    owner.thaw()
    await call.finish(content("last") + END)
    frames = await stream.rest()
    assert text_of(frames) == " 0 1 2last"
    assert frames[-1].event == "end"


async def test_a_relay_that_is_terminated_lets_its_turns_finish(ai, replicas, browser):
    owner, other = replicas
    room = await new_room(other, browser)
    stream = Stream(await ask(owner, browser, room))
    call = await ai.call()
    await send_pieces(call, 3)
    received = [await stream.next() for _ in range(4)]
    stopping = asyncio.create_task(owner.stop())
    async with asyncio.timeout(EXPIRY_SECONDS):
        while (await browser.get(f"{owner.url}/readyz")).status == 200:
            pass
    resuming = asyncio.create_task(resume(other, browser, received))
    await call.finish(content("last") + END)
    assert (await resuming)[-1].event == "end"
    assert (await stream.rest())[-1].event == "end"
    assert await stopping == 0
    assert text_of(await resume(other, browser, received)) == " 0 1 2last"


async def test_sigterm_ends_a_relay_that_waits_for_a_migration(postgres):
    database = postgres.migrated()
    relay = RelayProcess("http://127.0.0.1:1", database, asyncio.subprocess.PIPE)
    with psycopg.connect(database, autocommit=True) as holder:
        holder.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        process = await relay.begin()
        assert process.stderr is not None
        while b"waits for the migration of another relay" not in (
            line := await process.stderr.readline()
        ):
            assert line
        async with asyncio.timeout(EXPIRY_SECONDS):
            assert await relay.stop() == 0
        assert b"Traceback" not in await process.stderr.read()
