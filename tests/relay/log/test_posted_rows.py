"""Posted frames in SQLite wait in the order of their commits, until they are moved."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from streamproof.relay.frames import FrameBatch
from streamproof.relay.log import posted_rows
from streamproof.relay.log.sqlite import SqliteLog
from streamproof.relay.storage.address import database_url
from streamproof.relay.storage.errors import FramesRefused
from streamproof.relay.storage.sqlite import SqliteDatabase
from tests.relay.log.stores import Clock, Store, frame, insert_turns, last

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
    yield store
    await log.close()
    await database.close()


@pytest.fixture
async def store(tmp_path):
    """Give a store on a new file."""
    async with opened(tmp_path / "chat.db") as store:
        yield store


async def rows(store, table, turn_id="a"):
    """Return the numbers of a turn's rows in a table."""
    query = text(f"SELECT n FROM {table} WHERE turn_id = :turn ORDER BY n")  # noqa: S608 - a constant
    read = store.log._database.read
    return await read(lambda c: c.execute(query, {"turn": turn_id}).scalars().all())


async def tidied(store):
    """Wait for the moves that have begun."""
    while (task := store.log._tidying) is not None:
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
    monkeypatch.setattr(posted_rows, "ROWS_OF_A_MOVE", 2)
    monkeypatch.setattr(posted_rows, "ROWS_OF_A_DELETION", 4)
    store.log._posted._look_at = 4
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
    for name, count in (("ROWS_OF_A_MOVE", 2), ("ROWS_OF_A_DELETION", 4), ("KEPT_ROWS", 8)):
        monkeypatch.setattr(posted_rows, name, count)
    store.log._posted._look_at = 4
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


async def test_a_commit_whose_result_is_unknown_is_not_repeated(tmp_path):
    failing: list[str] = []

    def failpoint(name):
        if name in failing:
            failing.remove(name)
            raise sqlite3.OperationalError("disk I/O error")

    async with opened(tmp_path / "chat.db", failpoint) as store:
        failing.append("committed")
        with pytest.raises(FramesRefused):
            await store.post("a", [frame(1)])
        await store.append("a", [last(2)])
        assert [f.n for f in await store.read("a")] == [0, 1, 2]


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


async def test_the_rows_of_a_deleted_turn_go_away(store, monkeypatch):
    monkeypatch.setattr(posted_rows, "ROWS_OF_A_DELETION", 2)
    store.log._posted._look_at = 2
    await store.post("a", [frame(1)])
    await store.write(
        lambda tx: tx.connection.execute(text("DELETE FROM relay_turn WHERE id = 'a'"))
    )
    with pytest.raises(FramesRefused):
        await store.append("a", [last(2)])
    store.log.forget("a")
    for n in range(1, 6):
        await store.post("b", [frame(n)])
        await tidied(store)
    assert await store.read("a") == []
    assert await rows(store, "relay_posted_frame", "a") == []


async def test_frames_are_read_in_order_while_they_are_moved(store, monkeypatch):
    for name, count in (("ROWS_OF_A_MOVE", 5), ("ROWS_OF_A_DELETION", 7), ("KEPT_ROWS", 20)):
        monkeypatch.setattr(posted_rows, name, count)
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


async def test_a_batch_without_a_place_is_refused(store):
    result = asyncio.get_running_loop().create_future()
    store.log.post(FrameBatch("nobody", [frame(1)]), result.set_result)
    assert isinstance(await result, FramesRefused)
