"""A store in SQLite for tests, whose frames are moved after a few of them."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from contextlib import asynccontextmanager

from sqlalchemy import text

from streamproof.relay.log import moves
from streamproof.relay.log import sqlite as sqlite_log
from streamproof.relay.log.sqlite import SqliteLog
from streamproof.relay.storage.address import database_url
from streamproof.relay.storage.sqlite import SqliteDatabase
from tests.relay.log.stores import Clock, Store, frame, insert_turns

LARGE = "x" * (sqlite_log.MAX_BYTES_TOGETHER + 1)


@asynccontextmanager
async def opened(path, failpoint=None, *, is_new=True, synchronous="normal"):
    """Give a store on a file, whose turns a and b have their first frame."""
    options = {} if failpoint is None else {"failpoint": failpoint}
    database = SqliteDatabase(database_url(str(path)), synchronous=synchronous, **options)
    log = SqliteLog(database, Clock())
    await log.open()
    store = Store(log, database.write)
    if is_new:
        await database.write(insert_turns)
        for turn_id in ("a", "b"):
            await store.append(turn_id, [frame(0)])
    try:
        yield store
    finally:
        await log.close()
        await database.close()


def short(monkeypatch, **numbers):
    """Let a log move frames and begin files after a few frames."""
    wanted = {"BYTES_OF_A_MOVE": 100, "BYTES_OF_A_TRANSACTION": 1, "FILE_BYTES": 400, **numbers}
    for name, number in wanted.items():
        monkeypatch.setattr(moves, name, number)


async def moved(store, turn_id="a"):
    """Return the numbers of a turn's rows in `relay_frame`."""
    query = text("SELECT n FROM relay_frame WHERE turn_id = :turn ORDER BY n")
    read = store.log._database.read
    return await read(lambda c: c.execute(query, {"turn": turn_id}).scalars().all())


def files(store):
    return store.log._files.paths()


async def tidied(store):
    """Wait for the moves that have begun."""
    while (task := store.log._moves._task) is not None:
        await task


class Failing:
    """A failpoint that fails at the names in its list, each once, or in the thread that writes."""

    def __init__(self):
        self.names: list[str] = []
        self.in_writer = False

    def __call__(self, name):
        """Fail at a name."""
        if self.in_writer and threading.current_thread().name == "relay-writer":
            raise sqlite3.OperationalError("disk I/O error")
        if name in self.names:
            self.names.remove(name)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class NamesInWriter(list[str]):
    """A failpoint that keeps the names that the thread that writes reaches."""

    def __call__(self, name):
        """Keep a name."""
        if threading.current_thread().name == "relay-writer":
            self.append(name)
