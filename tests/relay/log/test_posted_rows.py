"""Posted frames in SQLite wait in the order of their commits, until they are moved."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import threading
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from streamproof.relay.frames import FrameBatch
from streamproof.relay.log import posted_rows
from streamproof.relay.log.sqlite import SqliteLog
from streamproof.relay.storage.address import database_url
from streamproof.relay.storage.errors import FramesRefused
from streamproof.relay.storage.sqlite import SqliteDatabase
from tests.relay.log.stores import NOW, Clock, Store, frame, insert_turns, last

LARGE = "x" * (posted_rows.MAX_BYTES + 1)


@asynccontextmanager
async def opened(path, failpoint=None, *, is_new=True):
    """Give a store on a file, whose turns a and b have their first frame."""
    options = {"failpoint": failpoint} if failpoint else {}
    database = SqliteDatabase(database_url(str(path)), **options)
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


@pytest.fixture
async def store(tmp_path):
    """Give a store on a new file."""
    async with opened(tmp_path / "chat.db") as store:
        yield store


def short(monkeypatch, **numbers):
    """Let a log move and delete after a few rows."""
    wanted = {"ROWS_OF_A_MOVE": 2, "ROWS_OF_A_DELETION": 4, "KEPT_ROWS": 8, **numbers}
    for name, number in wanted.items():
        monkeypatch.setattr(posted_rows, name, number)


async def rows(store, table, turn_id="a"):
    """Return the numbers of a turn's rows in a table."""
    query = text(f"SELECT n FROM {table} WHERE turn_id = :turn ORDER BY n")  # noqa: S608 - a constant
    read = store.log._database.read
    return await read(lambda c: c.execute(query, {"turn": turn_id}).scalars().all())


async def tidied(store):
    """Wait for the moves that have begun."""
    while (task := store.log._moving) is not None:
        await task


async def test_small_frames_wait_and_are_read(store):
    for n in (1, 2):
        await store.post("a", [frame(n)])
    await store.post("a", [frame(3), frame(4)])
    assert await rows(store, "relay_posted_frame") == [1, 2, 4]
    assert await rows(store, "relay_frame") == [0]
    for after in range(-1, 5):
        assert [f.n for f in await store.read("a", after)] == list(range(after + 1, 5))
    assert (await store.log.head("a")).count == 5


async def test_large_frames_follow_small_ones(store):
    await store.post("a", [frame(1)])
    await store.post("a", [frame(2, LARGE)])
    assert await rows(store, "relay_frame") == [0, 1, 2]
    await store.post("a", [frame(3)])
    assert [f.n for f in await store.read("a")] == [0, 1, 2, 3]
    assert [f.n for f in await store.read("a", 1)] == [2, 3]


async def test_large_and_small_frames_of_two_turns_are_one_commit(tmp_path):
    commits = []

    def failpoint(name):
        commits.append(name)

    async with opened(tmp_path / "chat.db", failpoint) as store:
        await store.post("a", [frame(1)])
        commits.clear()
        await asyncio.gather(store.post("a", [frame(2, LARGE)]), store.post("b", [frame(1)]))
        assert commits == ["commit", "committed"]
        assert [f.n for f in await store.read("a")] == [0, 1, 2]
        assert [f.n for f in await store.read("b")] == [0, 1]


async def test_many_rows_of_a_turn_are_moved(store, monkeypatch):
    monkeypatch.setattr(posted_rows, "ROWS_OF_A_MOVE", 4)
    for n in range(1, 6):
        await store.post("a", [frame(n)])
        await tidied(store)
    assert await rows(store, "relay_frame") == [0, 1, 2, 3, 4]
    assert [f.n for f in await store.read("a")] == [0, 1, 2, 3, 4, 5]
    assert (await store.log.head("a")).count == 6


async def test_moved_rows_are_deleted_but_none_that_waits(store, monkeypatch):
    short(monkeypatch, KEPT_ROWS=1000)
    await store.post("b", [frame(1)])
    for n in range(1, 12):
        await store.post("a", [frame(n)])
        await tidied(store)
    assert await rows(store, "relay_posted_frame", "b") == [1]
    await store.append("b", [last(2)])
    for n in range(12, 24):
        await store.post("a", [frame(n)])
        await tidied(store)
    assert await rows(store, "relay_posted_frame", "b") == []
    assert len(await rows(store, "relay_posted_frame")) < 12
    assert [f.n for f in await store.read("a")] == list(range(24))
    assert [f.n for f in await store.read("b")] == [0, 1, 2]


async def test_a_quiet_turn_does_not_keep_the_rows_of_others(store, monkeypatch):
    short(monkeypatch)
    await store.post("b", [frame(1)])
    for n in range(1, 40):
        await store.post("a", [frame(n)])
        await tidied(store)
    assert await rows(store, "relay_frame", "b") == [0, 1]
    assert len(await rows(store, "relay_posted_frame")) <= 16
    assert [f.n for f in await store.read("b")] == [0, 1]


async def test_the_end_of_a_turn_moves_its_rows(store):
    await store.post("a", [frame(1)])
    await store.post("a", [frame(2)])
    await store.append("a", [last(3)])
    assert await rows(store, "relay_frame") == [0, 1, 2, 3]
    assert [f.n for f in await store.read("a")] == [0, 1, 2, 3]
    with pytest.raises(FramesRefused):
        await store.post("a", [frame(4)])


async def test_a_start_moves_what_a_killed_relay_left(tmp_path, monkeypatch):
    monkeypatch.setattr(posted_rows, "ROWS_OF_A_MOVE", 3)
    async with opened(tmp_path / "chat.db") as killed:
        for n in range(1, 6):
            await killed.post("a", [frame(n)])
            await tidied(killed)
        await killed.post("b", [frame(1), frame(2)])
        assert await rows(killed, "relay_posted_frame") == [1, 2, 3, 4, 5], "moved, not deleted"
        async with opened(tmp_path / "chat.db", is_new=False) as store:
            assert await rows(store, "relay_posted_frame") == []
            assert await rows(store, "relay_frame") == [0, 1, 2, 3, 4, 5]
            assert [f.n for f in await store.read("b")] == [0, 1, 2]


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
            raise sqlite3.OperationalError("disk I/O error")


@pytest.mark.parametrize("data", ["x", LARGE], ids=["small", "large"])
async def test_a_commit_whose_result_is_unknown_counts_and_is_not_repeated(tmp_path, data):
    failing = Failing()
    async with opened(tmp_path / "chat.db", failing) as store:
        failing.names.append("committed")
        with pytest.raises(FramesRefused):
            await store.post("a", [frame(1, data)])
        found = [f.n for f in await store.read("a")]
        assert found == [0, 1]
        assert (await store.log.head("a")).count == 2
        await store.append("a", [last(len(found))])
        assert [f.n for f in await store.read("a")] == [0, 1, 2]


async def test_a_row_that_was_never_committed_keeps_no_others(tmp_path, monkeypatch):
    short(monkeypatch)
    failing = Failing()
    async with opened(tmp_path / "chat.db", failing) as store:
        failing.names += ["commit", "commit"]  # on the loop, and in the thread that writes
        await store.post("b", [frame(1)])
        assert await rows(store, "relay_frame", "b") == [0, 1]
        for n in range(1, 60):
            await store.post("a", [frame(n)])
            await tidied(store)
        assert len(await rows(store, "relay_posted_frame")) <= 16
        assert [f.n for f in await store.read("b")] == [0, 1]


async def test_moves_that_fail_are_made_later(tmp_path, monkeypatch, caplog):
    short(monkeypatch)
    failing = Failing()
    async with opened(tmp_path / "chat.db", failing) as store:
        await store.post("b", [frame(1)])
        failing.in_writer = True
        store.log.forget("b")
        for n in range(1, 41):
            await store.post("a", [frame(n)])
            await tidied(store)
        assert await rows(store, "relay_frame", "b") == [0]
        assert 5 <= caplog.text.count("posted frames cannot be moved now") <= 12
        failing.in_writer = False
        for n in range(41, 50):
            await store.post("a", [frame(n)])
            await tidied(store)
        assert await rows(store, "relay_frame", "b") == [0, 1]


async def test_a_purge_deletes_posted_rows_as_well(store):
    await store.post("a", [frame(1)])
    await store.append("a", [last(2)])
    assert await rows(store, "relay_posted_frame") == [1], "moved, not deleted"
    assert await store.log.purge(NOW + timedelta(days=1)) == 1
    assert await rows(store, "relay_posted_frame") == []
    store.log.forget("a")
    await store.log.open()
    assert (await store.log.head("a")).purged
    assert await store.read("a") == []


async def test_rows_of_a_turn_that_has_ended_do_not_come_back(tmp_path):
    async with opened(tmp_path / "chat.db") as store:
        await store.post("a", [frame(1)])
        await store.append("a", [last(2)])
        await store.write(lambda tx: tx.connection.execute(text("DELETE FROM relay_frame")))
        await store.log.open()
        assert await rows(store, "relay_frame") == []


async def test_a_close_leaves_no_rows(tmp_path):
    async with opened(tmp_path / "chat.db") as store:
        await store.post("a", [frame(1)])
    database = sqlite3.connect(tmp_path / "chat.db")
    assert database.execute("SELECT n FROM relay_posted_frame").fetchall() == []
    moved = database.execute("SELECT n FROM relay_frame WHERE turn_id = 'a' ORDER BY n")
    assert moved.fetchall() == [(0,), (1,)]
    database.close()


async def test_old_rows_are_deleted_in_parts(store, monkeypatch):
    short(monkeypatch, ROWS_OF_A_MOVE=1000, ROWS_OF_A_DELETION=10, KEPT_ROWS=100)
    deleted: list[int] = []
    delete = posted_rows.delete_before

    def counted(connection, row_id):
        before = connection.exec_driver_sql("SELECT count(*) FROM relay_posted_frame").scalar()
        delete(connection, row_id)
        after = connection.exec_driver_sql("SELECT count(*) FROM relay_posted_frame").scalar()
        deleted.append(before - after)

    monkeypatch.setattr(posted_rows, "delete_before", counted)
    for n in range(1, 130):
        await store.post("a", [frame(n)])
        await tidied(store)
    assert sum(deleted) >= 100
    assert max(deleted) <= 10


async def test_the_written_pages_are_counted(store, monkeypatch):
    counted: list[int] = []
    monkeypatch.setattr(store.log._database._checkpointer, "wrote", counted.append)
    await store.post("a", [frame(1)])
    await store.post("a", [frame(2, "x" * 409_600)])
    assert counted[0] == 1
    assert 100 < counted[1] < 130


async def test_a_commit_that_another_writer_holds_up_is_repeated(tmp_path):
    async with opened(tmp_path / "chat.db") as store:
        writer = sqlite3.connect(tmp_path / "chat.db", isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        waiting = asyncio.ensure_future(store.post("a", [frame(1)]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        writer.execute("COMMIT")
        writer.close()
        await waiting
        await store.post("a", [frame(2)])
        assert await rows(store, "relay_posted_frame") == [1, 2]
        assert [f.n for f in await store.read("a")] == [0, 1, 2]


@pytest.mark.parametrize("data", ["x", LARGE], ids=["small", "large"])
async def test_a_post_to_a_deleted_turn_is_refused(store, data):
    await store.post("a", [frame(1)])
    await store.write(lambda tx: tx.connection.execute(text("DELETE FROM relay_turn")))
    with pytest.raises(FramesRefused):
        await store.post("a", [frame(2, data)])
    assert await store.read("a") == await store.read("a", 0) == []
    assert await store.log.head("a") is None
    store.log.forget("a")
    await tidied(store)
    await store.log.close()
    assert await rows(store, "relay_posted_frame") == []


async def test_a_deleted_turn_costs_no_reading_of_the_posted_rows(store):
    keys = "PRAGMA foreign_key_list(relay_posted_frame)"
    assert await store.log._database.read(lambda c: c.exec_driver_sql(keys).all()) == []


async def test_frames_are_read_in_order_while_they_are_moved(store, monkeypatch):
    short(monkeypatch, ROWS_OF_A_MOVE=5, ROWS_OF_A_DELETION=7, KEPT_ROWS=20)
    draw = random.Random(7)
    counts = {"a": 1, "b": 1}

    async def read() -> None:
        for turn_id in ("a", "b"):
            after, count = draw.randrange(-1, counts[turn_id]), counts[turn_id]
            found = [f.n for f in await store.read(turn_id, after)]
            assert found[: count - after - 1] == list(range(after + 1, count))

    for _ in range(300):
        turn_id = draw.choice("aaab")
        texts = [draw.choice(["x", "x", "x", LARGE]) for _ in range(draw.choice([1, 1, 3]))]
        frames = [frame(counts[turn_id] + i, one) for i, one in enumerate(texts)]
        reading = asyncio.ensure_future(read())
        await store.post(turn_id, frames)
        counts[turn_id] += len(frames)
        await reading
    for turn_id, count in counts.items():
        await store.append(turn_id, [last(count)])
        found = [f.n for f in await store.read(turn_id)]
        assert found == list(range(count + 1))


def test_many_rows_are_several_statements_of_one_row():
    few = [(n, "a", n, None, b"") for n in range(3)]
    statement, parameters = posted_rows.insert(few)
    assert statement.count("?") == len(parameters[0]) == 15
    many = few * 40
    statement, parameters = posted_rows.insert(many)
    assert statement.count("?") == 5
    assert parameters == many


async def test_a_post_to_a_turn_that_does_not_exist_is_refused(store):
    result = asyncio.get_running_loop().create_future()
    store.log.post(FrameBatch("unknown", [frame(1)]), result.set_result)
    assert isinstance(await result, FramesRefused)
