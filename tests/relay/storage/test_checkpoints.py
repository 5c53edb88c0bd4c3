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
