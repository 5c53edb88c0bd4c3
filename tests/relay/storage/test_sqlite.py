"""A unit of work is durable when `write` returns, or nothing of it is kept."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import traceback

import pytest
from sqlalchemy import text

from streamproof.relay.storage.address import database_url
from streamproof.relay.storage.errors import StorageError
from streamproof.relay.storage.sqlite import SqliteDatabase
from streamproof.relay.storage.write_queue import LARGE_BYTES

INSERT_USER = 'INSERT INTO "User" ("id") VALUES (:id)'


class Failpoints:
    """Keeps the names of the failpoints, and raises the errors of `failing`."""

    def __init__(self):
        self.seen = []
        self.failing = {}

    def __call__(self, name):
        """Reach a failpoint."""
        self.seen.append(name)
        if error := self.failing.get(name):
            raise error


@pytest.fixture
def failpoints():
    return Failpoints()


@pytest.fixture
async def database(tmp_path, failpoints):
    database = SqliteDatabase(database_url(str(tmp_path / "chat.db")), failpoint=failpoints)
    yield database
    await database.close()


def insert(user_id):
    def unit(transaction):
        transaction.connection.execute(text(INSERT_USER), {"id": user_id})
        return user_id

    return unit


def users(connection):
    return connection.execute(text('SELECT "id" FROM "User" ORDER BY "id"')).scalars().all()


def refuse(_transaction):
    raise LookupError("no such thing")


async def test_a_write_returns_the_result_of_its_unit(database):
    assert await database.write(insert("ana")) == "ana"
    assert await database.read(users) == ["ana"]


async def test_queued_units_share_one_commit(database, failpoints):
    blocked, go = threading.Event(), threading.Event()

    def block(_transaction):
        blocked.set()
        go.wait()

    first = asyncio.ensure_future(database.write(block))
    await asyncio.to_thread(blocked.wait)
    rest = [asyncio.ensure_future(database.write(insert(f"u{n}"))) for n in range(50)]
    await asyncio.sleep(0)
    go.set()
    await asyncio.gather(first, *rest)
    assert failpoints.seen.count("commit") == 2
    assert len(await database.read(users)) == 50


async def test_a_small_unit_does_not_wait_for_all_large_ones(database, failpoints):
    blocked, go = threading.Event(), threading.Event()
    order = []

    def block(_transaction):
        blocked.set()
        go.wait()

    def noted(name):
        return lambda _transaction: order.append(name)

    first = asyncio.ensure_future(database.write(block))
    await asyncio.to_thread(blocked.wait)
    large = [
        asyncio.ensure_future(database.write(noted("large"), size=LARGE_BYTES + 1))
        for _ in range(3)
    ]
    small = asyncio.ensure_future(database.write(noted("small")))
    await asyncio.sleep(0)
    go.set()
    await asyncio.gather(first, *large, small)
    assert order == ["large", "small", "large", "large"]
    assert failpoints.seen.count("commit") == 5


async def test_a_unit_that_fails_does_not_harm_the_others(database):
    answers = await asyncio.gather(
        database.write(insert("ana")),
        database.write(refuse),
        database.write(insert("ana")),
        database.write(insert("budi")),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers] == [str, LookupError, StorageError, str]
    assert await database.read(users) == ["ana", "budi"]


async def test_an_error_does_not_contain_the_values(database):
    value = "a secret of a user"
    await database.write(insert(value))
    with pytest.raises(StorageError, match="UNIQUE constraint failed") as failure:
        await database.write(insert(value))
    assert value not in "".join(traceback.format_exception(failure.value))


@pytest.mark.parametrize(("synchronous", "number"), [("normal", 1), ("full", 2)])
async def test_every_connection_waits_for_what_the_setting_says(tmp_path, synchronous, number):
    database = SqliteDatabase(database_url(str(tmp_path / "chat.db")), synchronous=synchronous)

    def read(connection):
        return connection.exec_driver_sql("PRAGMA synchronous").scalar()

    found = [await database.write(lambda tx: read(tx.connection)), await database.read(read)]
    for connection in (database._now_connection, database._checkpointer._connection):
        [[value]] = connection.execute("PRAGMA synchronous")
        found.append(value)
    await database.close()
    assert found == [number] * 4
    assert database.frames_files.waits_for_disk is (synchronous == "full")


@pytest.mark.parametrize(("synchronous", "changed"), [("normal", 1), ("full", 0)])
async def test_a_statement_runs_now_if_nothing_waits_for_the_disk(tmp_path, synchronous, changed):
    database = SqliteDatabase(database_url(str(tmp_path / "chat.db")), synchronous=synchronous)
    assert database._now_connection.execute("PRAGMA busy_timeout").fetchone() == (0,)
    assert database.execute_now(INSERT_USER, {"id": "ana"}, pages=1) == changed
    assert await database.read(users) == ["ana"] * changed
    assert database.execute_now(INSERT_USER, {"id": "ana"}, pages=1) == 0, "the ID is used"
    await database.close()
    assert database.execute_now(INSERT_USER, {"id": "budi"}, pages=1) == 0


async def test_a_statement_whose_commit_has_no_answer_changed_nothing_for_sure(
    database, failpoints
):
    failpoints.failing["committed"] = sqlite3.OperationalError("disk I/O error")
    assert database.execute_now(INSERT_USER, {"id": "ana"}, pages=1) == 0
    assert await database.read(users) == ["ana"]
    failpoints.failing = {"commit": sqlite3.OperationalError("disk I/O error")}
    assert database.execute_now(INSERT_USER, {"id": "budi"}, pages=1) == 0
    assert await database.read(users) == ["ana"]


async def test_no_statement_runs_now_while_another_thread_writes(database):
    def write(_transaction):
        return database.execute_now(INSERT_USER, {"id": "ana"}, pages=1)

    assert await database.write(write) == 0
    assert await database.read(users) == []
    assert database.execute_now(INSERT_USER, {"id": "ana"}, pages=1) == 1


async def test_the_pages_of_a_statement_count_for_the_checkpoint(database, monkeypatch):
    counted: list[int] = []
    monkeypatch.setattr(database._checkpointer, "wrote", counted.append)
    database.execute_now(INSERT_USER, {"id": "ana"}, pages=7)
    database.execute_now(INSERT_USER, {"id": "ana"}, pages=7)
    assert counted == [7]


async def test_a_commit_that_fails_keeps_nothing(database, failpoints):
    failpoints.failing["commit"] = OSError("disk full")
    with pytest.raises(OSError, match="disk full"):
        await database.write(insert("ana"))
    failpoints.failing.clear()
    assert await database.read(users) == []
    assert await database.write(insert("budi")) == "budi"


async def test_units_whose_commit_has_no_answer_do_not_run_again(database, failpoints):
    failpoints.failing["committed"] = OSError("disk full")
    results = await asyncio.gather(
        *(database.write(insert(name)) for name in ("ana", "budi", "cici")), return_exceptions=True
    )
    assert [str(result) for result in results] == ["disk full"] * 3
    assert await database.read(users) == ["ana", "budi", "cici"]


async def test_a_reader_sees_one_snapshot(database):
    reading, go = threading.Event(), threading.Event()

    def twice(connection):
        before = users(connection)
        reading.set()
        go.wait()
        return before, users(connection)

    task = asyncio.ensure_future(database.read(twice))
    await asyncio.to_thread(reading.wait)
    await database.write(insert("ana"))
    go.set()
    assert await task == ([], [])


async def test_queued_units_are_written_before_the_close(tmp_path):
    url = database_url(str(tmp_path / "other.db"))
    database = SqliteDatabase(url)
    writes = [asyncio.ensure_future(database.write(insert(f"u{n}"))) for n in range(20)]
    await asyncio.sleep(0)
    await database.close()
    await asyncio.gather(*writes)
    again = SqliteDatabase(url)
    assert len(await again.read(users)) == 20
    await again.close()


async def test_a_closed_database_refuses_units(tmp_path):
    database = SqliteDatabase(database_url(str(tmp_path / "other.db")))
    await database.close()
    with pytest.raises(StorageError, match="closed"):
        await database.write(refuse)
    with pytest.raises(StorageError, match="closed"):
        await database.read(users)


def test_a_file_that_is_not_a_database_is_refused(tmp_path):
    path = tmp_path / "chat.db"
    path.write_bytes(b"this is not a database, " * 100)
    with pytest.raises(StorageError, match=f"database {path} cannot be used: .*not a database"):
        SqliteDatabase(database_url(str(path)))


async def test_a_cancelled_write_waits_for_its_unit(database):
    gate = threading.Event()

    def wait(_transaction):
        gate.wait()

    busy = asyncio.create_task(database.write(wait))
    writing = asyncio.create_task(database.write(insert("ana")))
    await asyncio.sleep(0)  # both are queued
    writing.cancel()
    await asyncio.sleep(0)
    assert not writing.done()
    gate.set()
    await busy
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await database.read(users) == ["ana"]


@pytest.mark.parametrize("failing", [None, "commit", "committed"])
async def test_callbacks_know_whether_the_commit_succeeded(database, failpoints, failing):
    failpoints.failing[failing] = OSError("disk full")
    results: list[bool] = []

    def unit(transaction):
        transaction.on_end(results.append)

    if failing is None:
        await database.write(unit)
    else:
        with pytest.raises(OSError, match="disk full"):
            await database.write(unit)
    assert results == [failing is None]


async def test_callbacks_of_a_repeated_unit_run_once(database):
    results: list[bool] = []

    def unit(transaction):
        insert("ana")(transaction)
        transaction.on_end(results.append)

    await asyncio.gather(database.write(unit), database.write(refuse), return_exceptions=True)
    assert results == [True]


async def test_callbacks_run_before_the_write_returns_and_on_its_loop(database):
    threads = []

    def unit(transaction):
        transaction.on_end(lambda _committed: threads.append(threading.current_thread()))

    await database.write(unit)
    assert threads == [threading.current_thread()]
