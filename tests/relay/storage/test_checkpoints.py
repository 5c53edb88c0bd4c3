"""The write-ahead log is copied into the database file while the commits continue."""

from __future__ import annotations

import time
from itertools import count

from streamproof.relay.storage import checkpoints
from streamproof.relay.storage.address import database_url
from streamproof.relay.storage.sqlite import SqliteDatabase

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
        if database.insert_now(INSERT, rows(first, 20)):  # a checkpoint may hold the lock
            first = next(firsts)
        with (tmp_path / "chat.db-wal").open("rb") as log:
            salts.add(log.read(SALT.stop)[SALT])
    await database.close()


async def test_large_rows_count_by_their_bytes(tmp_path, monkeypatch):
    database = SqliteDatabase(database_url(str(tmp_path / "chat.db")))
    await database.write(lambda tx: tx.connection.exec_driver_sql("CREATE TABLE t (data BLOB)"))
    counted: list[int] = []
    monkeypatch.setattr(database._checkpointer, "wrote", counted.append)
    assert database.insert_now("INSERT INTO t (data) VALUES (?)", [(bytes(4_096_000),)])
    await database.close()
    [pages] = counted
    assert 1000 <= pages < 1010


async def test_rows_are_refused_while_another_connection_writes(tmp_path):
    database = SqliteDatabase(database_url(str(tmp_path / "chat.db")))
    seen = []

    def try_now(_transaction):
        seen.append(database.insert_now(INSERT, rows(0, 1)))

    await database.write(try_now)
    assert seen == [False]
    assert database.insert_now(INSERT, rows(0, 1))
    assert not database.insert_now(INSERT, rows(0, 1)), "a row that exists is refused"
    await database.close()
