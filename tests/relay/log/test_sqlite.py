"""Which thread commits to the log in SQLite, and what a purge reads and writes."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

import pytest

from streamproof.relay.frames import FrameBatch
from streamproof.relay.log.sqlite import MAX_BYTES_NOW, SqliteLog
from streamproof.relay.log.stored import _PURGEABLE
from streamproof.relay.storage.address import database_url
from streamproof.relay.storage.sqlite import SqliteDatabase
from tests.relay.log.stores import NOW, Clock, frame, insert_turns, last


async def test_a_purge_reads_only_the_turns_that_have_frames(tmp_path):
    database = SqliteDatabase(database_url(str(tmp_path / "chat.db")))

    def plan(connection):
        query = str(_PURGEABLE.compile(connection.engine))
        steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", (None,))
        return [step.detail for step in steps]

    steps = await database.read(plan)
    await database.close()
    assert any("relay_turn" in step for step in steps)
    assert [step for step in steps if step.startswith("SCAN relay_")] == []


async def test_a_purge_without_old_turns_writes_nothing(tmp_path):
    commits = []
    database = SqliteDatabase(
        database_url(str(tmp_path / "chat.db")), on_commit=lambda units, _: commits.append(units)
    )
    log = SqliteLog(database, Clock())
    await database.write(insert_turns)
    await database.write(lambda tx: log.append(tx, "a", [frame(0), last(1)]))
    await database.write(lambda tx: log.append(tx, "b", [frame(0)]))
    commits.clear()
    assert await log.purge(NOW) == 0
    assert commits == []
    assert await log.purge(NOW + timedelta(days=1)) == 1
    assert commits == [1]
    await database.close()


@pytest.mark.parametrize(
    ("size", "thread"),
    [(MAX_BYTES_NOW, "MainThread"), (MAX_BYTES_NOW + 1, "relay-writer")],
    ids=["exactly-the-limit", "over-the-limit"],
)
async def test_a_large_commit_runs_in_the_thread_that_writes(tmp_path, size, thread):
    threads: list[str] = []

    def failpoint(name):
        if name == "commit":
            threads.append(threading.current_thread().name)

    database = SqliteDatabase(database_url(str(tmp_path / "chat.db")), failpoint=failpoint)
    log = SqliteLog(database, Clock())
    await database.write(insert_turns)
    await database.write(lambda tx: log.append(tx, "a", [frame(0)]))
    threads.clear()
    result = asyncio.get_running_loop().create_future()
    log.post(FrameBatch("a", [frame(1, "x" * size)]), result.set_result)
    assert await result is None
    assert threads == [thread]
    assert [f.n for f in await log.read("a", 0)] == [1]
    await database.close()
