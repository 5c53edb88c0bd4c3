"""A program that holds the lock of the database for too long costs a named reason."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import contextmanager

import pytest

from streamproof.relay.dependencies import Dependencies
from streamproof.relay.storage.address import database_url
from streamproof.relay.storage.errors import DatabaseBusy
from streamproof.relay.storage.sqlite import SqliteDatabase
from tests.relay.conftest import User, error_of, kinds
from tests.relay.scripted_ai import END, content

WAIT_SECONDS = 0.02


@contextmanager
def locked(path):
    """Hold the lock of the writer, as another program does."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@pytest.fixture
async def hasty(start_relay):
    """Return a user of a relay that hardly waits."""
    return User(await start_relay(database_wait_seconds=WAIT_SECONDS), "ana")


async def test_a_write_waits_for_the_lock_as_long_as_the_setting_says(tmp_path):
    path = str(tmp_path / "chat.db")
    database = SqliteDatabase(database_url(path, 60.0))
    with locked(path):
        writing = asyncio.ensure_future(database.write(lambda _transaction: "written"))
        await database.read(lambda _connection: None)
        assert not writing.done()
    assert await writing == "written"
    await database.close()


async def test_a_write_that_waited_too_long_is_named(tmp_path):
    path = str(tmp_path / "chat.db")
    database = SqliteDatabase(database_url(path, WAIT_SECONDS))
    with locked(path), pytest.raises(DatabaseBusy, match="locked"):
        await database.write(lambda _transaction: None)
    assert await database.write(lambda _transaction: "written") == "written"
    await database.close()


async def test_a_question_during_the_lock_gets_503_and_can_be_repeated(ai, hasty, tmp_path):
    room = await hasty.room()
    with locked(tmp_path / "chat.db"):
        answer = await hasty.post(f"{room}/messages", data={"message": "Hello?"})
        assert (answer.status, await error_of(answer)) == (503, "The database is busy")
        assert int(answer.headers["Retry-After"]) > 0
        ready = await hasty.client.get("/readyz")
        assert (ready.status, await error_of(ready)) == (503, "The database is busy")
    ai.script = END
    assert kinds(await (await hasty.ask(room)).rest()) == ["message", "end"]
    assert ai.calls[0].question["question"] == "Hello?"


async def test_a_turn_during_the_lock_fails_with_a_named_reason(ai, start_relay, tmp_path):
    waiting, released = asyncio.Event(), asyncio.Event()

    async def sleep(_seconds):
        waiting.set()
        await released.wait()

    client = await start_relay(Dependencies(sleep=sleep), database_wait_seconds=WAIT_SECONDS)
    ana = User(client, "ana")
    room = await ana.room()
    stream = await ana.ask(room)
    await stream.next()
    waiting.clear()
    call = await ai.call()
    with locked(tmp_path / "chat.db"):
        await call.finish(content("Half") + END)
        await waiting.wait()  # the end could not be stored either, and is tried again
    released.set()
    assert kinds(await stream.rest())[-1] == "error"
    [question] = await ana.history(room)
    assert question["turn"]["reason"] == "database_busy"
