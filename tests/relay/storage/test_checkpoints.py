"""The write-ahead log is copied into the database file while the commits continue."""

from __future__ import annotations

import asyncio
import threading
import time
from functools import partial
from itertools import count

from streamproof.relay.storage import checkpoints
from streamproof.relay.storage.address import database_url
from streamproof.relay.storage.sqlite import SqliteDatabase
from streamproof.relay.storage.write_queue import LARGE_BYTES, WriteQueue

INSERT = 'INSERT INTO "User" ("id") VALUES (?)'
PATIENCE = 30.0
SALT = slice(16, 24)
"""The place in the header of a WAL that changes when it begins anew."""


def rows(first, number):
    return [(f"user-{n:06}",) for n in range(first, first + number)]


def insert(users, transaction):
    transaction.connection.exec_driver_sql(INSERT, users)


async def test_log_begins_anew_while_the_commits_continue(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "PAGES", 50)
    monkeypatch.setattr(checkpoints, "MAX_PAGES", 200)
    database = SqliteDatabase(database_url(str(tmp_path / "chat.db")))
    salts: set[bytes] = set()
    until = time.monotonic() + PATIENCE
    firsts = count(step=20)
    while len(salts) < 4:
        assert time.monotonic() < until, "the log grows without end"
        await database.write(partial(insert, rows(next(firsts), 20)))
        with (tmp_path / "chat.db-wal").open("rb") as log:
            salts.add(log.read(SALT.stop)[SALT])
    await database.close()


async def test_a_checkpoint_waits_for_the_large_unit_that_runs(tmp_path, monkeypatch):
    seen: list[str] = []
    due, done = threading.Event(), threading.Event()
    without_large = WriteQueue.without_large

    def noted(queue):
        due.set()
        return without_large(queue)

    def checkpoint(_connection):
        seen.append("checkpoint")
        due.set()
        done.set()

    def large(_transaction):
        database._checkpointer.wrote(checkpoints.PAGES)
        assert due.wait(PATIENCE)
        seen.append("unit")

    monkeypatch.setattr(WriteQueue, "without_large", noted)
    monkeypatch.setattr(checkpoints, "_checkpoint", checkpoint)
    database = SqliteDatabase(database_url(str(tmp_path / "chat.db")))
    await database.write(large, size=LARGE_BYTES + 1)
    assert await asyncio.to_thread(done.wait, PATIENCE)
    await database.close()
    assert seen == ["unit", "checkpoint"]


async def test_a_large_unit_waits_for_the_checkpoint_that_runs(tmp_path, monkeypatch):
    seen: list[str] = []
    begun, go_on = threading.Event(), threading.Event()

    def checkpoint(_connection):
        begun.set()
        assert go_on.wait(PATIENCE)
        seen.append("checkpoint")

    monkeypatch.setattr(checkpoints, "_checkpoint", checkpoint)
    database = SqliteDatabase(database_url(str(tmp_path / "chat.db")))
    database._checkpointer.wrote(checkpoints.PAGES)
    assert await asyncio.to_thread(begun.wait, PATIENCE)
    large = asyncio.create_task(
        database.write(lambda _: seen.append("large"), size=LARGE_BYTES + 1)
    )
    await asyncio.sleep(0)  # it is the first one in the queue
    for _ in range(2):
        await database.write(lambda _: seen.append("small"))
    go_on.set()
    await large
    await database.close()
    assert seen == ["small", "small", "checkpoint", "large"]


async def test_the_pages_of_large_values_are_counted(tmp_path, monkeypatch):
    database = SqliteDatabase(database_url(str(tmp_path / "chat.db")))
    counted: list[int] = []
    monkeypatch.setattr(database._checkpointer, "wrote", counted.append)
    await database.write(lambda _: None)
    await database.write(lambda _: None, size=1000 * checkpoints.PAGE_BYTES)
    await database.close()
    assert counted[1] - counted[0] == 1000
