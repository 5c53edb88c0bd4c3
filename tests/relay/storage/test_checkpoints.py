"""The write-ahead log is copied into the database file while the commits continue."""

from __future__ import annotations

import time

from streamproof.relay.storage import checkpoints
from streamproof.relay.storage.schema import database_url
from streamproof.relay.storage.transaction import Database

INSERT = 'INSERT INTO "User" ("id") VALUES (?)'
PATIENCE = 30.0


def rows(first, count):
    return [(f"user-{n:06}",) for n in range(first, first + count)]


async def test_many_commits_do_not_make_the_log_grow_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "PAGES", 50)
    monkeypatch.setattr(checkpoints, "MAX_PAGES", 200)
    database = Database(database_url(str(tmp_path / "chat.db")))
    wal = tmp_path / "chat.db-wal"
    smallest = 0
    until = time.monotonic() + PATIENCE
    for first in range(0, 40_000, 20):
        stored = database.insert_now(INSERT, rows(first, 20))
        while not stored and time.monotonic() < until:  # a checkpoint may hold the lock
            stored = database.insert_now(INSERT, rows(first, 20))
        assert stored
        smallest = max(smallest, wal.stat().st_size)
    await database.close()
    assert smallest < 20_000_000  # without checkpoints it would have some 30 MB


async def test_rows_are_refused_while_another_connection_writes(tmp_path):
    database = Database(database_url(str(tmp_path / "chat.db")))
    seen = []

    def try_now(_transaction):
        seen.append(database.insert_now(INSERT, rows(0, 1)))

    await database.write(try_now)
    assert seen == [False]
    assert database.insert_now(INSERT, rows(0, 1))
    assert not database.insert_now(INSERT, rows(0, 1)), "a row that exists is refused"
    await database.close()
