"""A relay that stops, or was killed, leaves no turn running, and loses no frame that was sent."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

import pytest

from streamproof.relay import service
from streamproof.relay.app import drain
from streamproof.relay.dependencies import Dependencies
from streamproof.relay.frames import Frame
from streamproof.relay.log.opening import open_log
from streamproof.relay.routes import RELAY
from streamproof.relay.storage import conversations, turn_rows
from streamproof.relay.storage.errors import StorageError
from streamproof.relay.storage.opening import open_database
from tests.relay.conftest import (
    ON_BOTH,
    Clock,
    DriverError,
    ManualSleep,
    User,
    kinds,
    read,
)
from tests.relay.scripted_ai import END, content

pytestmark = ON_BOTH

CLOCK = Clock()
TURN_ID = "01a205c6-8fd5-76cc-8ce5-5f4c4a6a6dc3"
FRAMES = [
    Frame(0, None, "start"),
    Frame(1, "message", '{"type": "content", "content": "Half a "}'),
    Frame(2, "message", "raw text"),
    Frame(3, "message", '{"type": "content", "content": "\\ud83d"}'),
    Frame(4, "message", '{"type": "content", "content": "\\ude42"}'),
]


@pytest.fixture
async def left_running(make_settings):
    """Make a database like the one of a relay that was killed during a turn."""
    settings = make_settings()
    room = conversations.Room("room", None, CLOCK())
    turn = turn_rows.NewTurn(TURN_ID, "question", "room", "ana", "Hello?", CLOCK())

    def begin(transaction):
        conversations.create_room(transaction.connection, "ana", room)
        turn_rows.insert_question(transaction.connection, turn)
        turn_rows.insert_turn(transaction.connection, turn, max_running=3)
        log.append(transaction, TURN_ID, FRAMES)

    async with (
        open_database(settings) as database,
        open_log(database, settings, Dependencies(now=CLOCK)) as log,
    ):
        await database.write(begin)


async def test_a_turn_left_running_fails_at_the_next_start(left_running, relay):
    ana = User(relay, "ana")
    frames = await read(await ana.resume(f"{TURN_ID}:1"))
    assert [frame.data for frame in frames[:-1]] == [frame.data for frame in FRAMES[2:]]
    assert (frames[-1].event, frames[-1].id) == ("error", f"{TURN_ID}:5")
    (question,) = await ana.history("room")
    assert question["turn"] == {
        "id": TURN_ID,
        "status": "failed",
        "reason": "interrupted",
        "partial": "Half a 🙂",
    }


async def test_the_room_is_free_again_after_a_recovery(left_running, relay, ai):
    ana = User(relay, "ana")
    await read(await ana.resume(turnId=TURN_ID))  # on PostgreSQL until its lease has run out
    ai.script = END
    assert kinds(await (await ana.ask("room")).rest()) == ["message", "end"]


async def test_a_turn_is_recovered_only_once(left_running, start_relay):
    for _ in range(2):
        client = await start_relay()
        frames = await read(await User(client, "ana").resume(turnId=TURN_ID))
        assert kinds(frames) == ["message"] * 5 + ["error"]
        await client.close()


async def test_a_relay_that_stops_ends_its_turns(ai, start_relay):
    client = await start_relay()
    ana = User(client, "ana")
    room = await ana.room()
    stream = await ana.ask(room)
    await (await ai.call()).send(content("Half"))
    seen = [await stream.next(), await stream.next()]
    stopping = asyncio.create_task(client.server.close())
    assert kinds([*seen, *await stream.rest()]) == ["message", "message", "error"]
    await stopping
    again = await start_relay()
    (question,) = await User(again, "ana").history(room)
    assert (question["turn"]["reason"], question["turn"]["partial"]) == ("interrupted", "Half")


async def test_a_draining_relay_finishes_its_turns_and_accepts_no_new_ones(ai, ana, relay, room):
    other = await ana.room()
    stream = await ana.ask(room)
    call = await ai.call()
    draining = asyncio.create_task(drain(relay.app))
    while (ready := await relay.get("/readyz")).status == 200:
        pass
    assert int(ready.headers["Retry-After"]) > 0
    answer = await ana.post(f"{other}/stream", data={"message": "Hello?"})
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert (await relay.get("/healthz")).status == 200
    await call.finish(content("Whole") + END)
    await draining
    assert kinds(await stream.rest())[-1] == "end"


async def test_draining_ends_at_once_without_running_turns(relay):
    await drain(relay.app)
    assert (await relay.get("/readyz")).status == 503


async def test_draining_ends_after_drain_seconds(ai, start_relay):
    client = await start_relay(drain_seconds=0.0)
    ana = User(client, "ana")
    await ana.ask(await ana.room())
    await ai.call()
    await drain(client.app)
    assert client.app[RELAY].turns.draining


async def test_a_relay_can_stop_while_its_database_refuses(ai, start_relay):
    refusing = asyncio.Event()

    def failpoint(name):
        if refusing.is_set() and name == "commit":
            raise OSError("disk full")

    client = await start_relay(dependencies=Dependencies(failpoint=failpoint), lease_seconds=1.0)
    ana = User(client, "ana")
    room = await ana.room()
    await ana.ask(room)
    call = await ai.call()
    refusing.set()
    await call.send(content("lost"))
    await client.close()
    again = User(await start_relay(), "ana")
    while (question := (await again.history(room))[0])["turn"]["status"] == "running":
        pass  # on PostgreSQL until its lease has run out
    assert (question["turn"]["reason"], question["turn"]["partial"]) == ("interrupted", "")


async def test_the_database_is_free_when_the_relay_has_stopped(start_relay):
    await (await start_relay()).close()
    await start_relay()


async def test_a_turn_that_begins_while_the_relay_stops_is_ended(start_relay):
    held, at_commit, go_on = threading.Event(), threading.Event(), threading.Event()

    def hold(name):
        if name == "commit" and held.is_set():
            at_commit.set()
            go_on.wait()

    client = await start_relay(dependencies=Dependencies(failpoint=hold))
    ana = User(client, "ana")
    room = await ana.room()
    held.set()
    asking = asyncio.create_task(ana.post(f"{room}/messages", data={"message": "Hello?"}))
    await asyncio.to_thread(at_commit.wait)
    held.clear()
    turns, database = client.app[RELAY].turns, client.app[RELAY].database
    closing = asyncio.create_task(turns.close())
    await asyncio.sleep(0)  # it has left the turns that it found
    assert turns.draining
    go_on.set()
    await closing
    assert await database.read(turn_rows.running_turns) == []
    (question,) = await ana.history(room)
    assert question["turn"]["reason"] == "interrupted"
    assert (await asking).status == 202


async def test_an_end_that_is_being_stored_is_kept_while_the_relay_stops(ai, start_relay):
    at_commit, go_on = threading.Event(), threading.Event()

    def hold(name):
        if name == "stopped":
            at_commit.set()
            go_on.wait()

    client = await start_relay(dependencies=Dependencies(failpoint=hold))
    ana = User(client, "ana")
    room = await ana.room()
    stream = await ana.ask(room)
    await (await ai.call()).send(content("a"))
    stopping = asyncio.create_task(ana.post(f"{room}/stop"))
    await asyncio.to_thread(at_commit.wait)
    turns = client.app[RELAY].turns
    closing = asyncio.create_task(turns.close())
    await asyncio.sleep(0)
    assert turns.draining
    go_on.set()
    await closing
    await stopping
    (question,) = await ana.history(room)
    assert (question["turn"]["status"], question["turn"]["reason"]) == ("stopped", "stopped")
    assert kinds(await stream.rest())[-1] == "error"


async def test_draining_waits_for_a_turn_that_is_only_beginning(ai, start_relay):
    held, at_commit, go_on = threading.Event(), threading.Event(), threading.Event()

    def hold(name):
        if name == "begin" and held.is_set():
            at_commit.set()
            go_on.wait()

    client = await start_relay(dependencies=Dependencies(failpoint=hold))
    ana = User(client, "ana")
    room = await ana.room()
    held.set()
    asking = asyncio.create_task(ana.post(f"{room}/messages", data={"message": "Hello?"}))
    await asyncio.to_thread(at_commit.wait)
    draining = asyncio.create_task(drain(client.app))
    await asyncio.sleep(0)
    go_on.set()
    await (await ai.call()).finish(content("Whole") + END)
    await draining
    assert (await asking).status == 202
    assert [message["message"] for message in await ana.history(room)] == ["Hello?", "Whole"]


@pytest.mark.parametrize("error", [StorageError("refused"), ValueError("wrong")], ids=repr)
async def test_a_search_for_illegible_rows_that_fails_is_logged(
    start_relay, caplog, monkeypatch, error
):
    def fail(_connection):
        raise error

    monkeypatch.setattr(service, "log_rows_without_moment", fail)
    client = await start_relay()
    while "the rows without a moment cannot be listed now" not in caplog.text:
        await client.get("/healthz")
    await client.close()
    assert "never retrieved" not in caplog.text


@pytest.mark.parametrize("error", [DriverError("disk full"), LookupError("a bug")])
async def test_a_purge_that_fails_is_repeated(ai, start_relay, caplog, error):
    clock, sleep, failing = Clock(), ManualSleep(), threading.Event()

    def failpoint(name):
        if failing.is_set() and name == "commit":
            raise error

    client = await start_relay(Dependencies(failpoint=failpoint, sleep=sleep, now=clock))
    ana = User(client, "ana")
    ai.script = END
    await (await ana.ask(await ana.room())).rest()
    clock.now += timedelta(days=1)
    failing.set()
    await sleep.end_one()
    await sleep.end_one()
    purges = [message for message in caplog.messages if "cannot be purged" in message]
    assert len(purges) == 2
