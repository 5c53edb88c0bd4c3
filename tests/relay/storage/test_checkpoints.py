"""The write-ahead log is copied into the database file while the commits continue."""

from __future__ import annotations

import asyncio
import threading
import time
from itertools import count

from streamproof.relay.storage import checkpoints
from streamproof.relay.storage.address import database_url
from streamproof.relay.storage.sqlite import SqliteDatabase
from streamproof.relay.storage.write_queue import LARGE_BYTES

INSERT = 'INSERT INTO "User" ("id") VALUES (?)'
PATIENCE = 30.0
SALT = slice(16, 24)
"""The place in the header of a WAL that changes when it begins anew."""


def rows(first, number):
    return [(f"user-{n:06}",) for n in range(first, first + number)]


async def test_log_begins_anew_while_the_commits_continue(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "PAGES", 50)
    monkeypatch.setattr(checkpoints, "MAX_PAGES", 200)
    database = SqliteDatabase(database_url(str(tmp_path / "chat.db")))
    salts: set[bytes] = set()
    until = time.monotonic() + PATIENCE
    firsts = count(step=20)
    first = next(firsts)
    while len(salts) < 4:
        assert time.monotonic() < until, "the log grows without end"
        statements = [(INSERT, rows(first, 20))]
        if database.commit_now(statements, 20, 24):  # a checkpoint may hold the lock
            first = next(firsts)
        with (tmp_path / "chat.db-wal").open("rb") as log:
            salts.add(log.read(SALT.stop)[SALT])
    await database.close()


async def test_rows_are_refused_while_another_connection_writes(tmp_path):
    database = SqliteDatabase(database_url(str(tmp_path / "chat.db")))
    seen = []

    def try_now(_transaction):
        seen.append(database.commit_now([(INSERT, rows(0, 1))], 1, 4))

    await database.write(try_now)
    assert seen == [False]
    assert database.commit_now([(INSERT, rows(0, 1))], 1, 4)
    assert not database.commit_now([(INSERT, rows(0, 1))], 1, 4), "a row that exists is refused"
    await database.close()


async def test_a_checkpoint_and_a_large_unit_do_not_run_at_once(tmp_path, monkeypatch):
    running: list[str] = []
    seen: list[tuple[str, ...]] = []
    done = threading.Event()

    def checkpoint(_connection):
        running.append("checkpoint")
        seen.append(tuple(running))
        running.remove("checkpoint")
        done.set()

    def large(_transaction):
        running.append("unit")
        database._checkpointer.wrote(checkpoints.PAGES)  # it is due now
        seen.append(tuple(running))
        running.remove("unit")

    monkeypatch.setattr(checkpoints, "_checkpoint", checkpoint)
    database = SqliteDatabase(database_url(str(tmp_path / "chat.db")))
    for _ in range(20):
        done.clear()
        await database.write(large, size=LARGE_BYTES + 1)
        assert await asyncio.to_thread(done.wait, PATIENCE)
    await database.close()
    assert set(seen) == {("checkpoint",), ("unit",)}


async def test_the_pages_of_large_values_are_counted(tmp_path, monkeypatch):
    database = SqliteDatabase(database_url(str(tmp_path / "chat.db")))
    counted: list[int] = []
    monkeypatch.setattr(database._checkpointer, "wrote", counted.append)
    await database.write(lambda _: None)
    await database.write(lambda _: None, size=1000 * checkpoints.PAGE_BYTES)
    await database.close()
    assert counted[1] - counted[0] == 1000
