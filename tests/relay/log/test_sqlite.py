"""Which thread stores the frames of the log in SQLite, and what a purge reads and writes."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from functools import partial
from itertools import count

import pytest

from streamproof.relay.frames import Frame, FrameBatch
from streamproof.relay.log import stored
from streamproof.relay.log.sqlite import MAX_BYTES_NOW, MAX_BYTES_TOGETHER, SqliteLog
from streamproof.relay.log.stored import _PURGEABLE
from streamproof.relay.storage.address import database_url
from streamproof.relay.storage.errors import FramesRefused
from streamproof.relay.storage.sqlite import SqliteDatabase
from streamproof.relay.storage.write_queue import LARGE_BYTES
from tests.relay.log.stores import NOW, Clock, frame, insert_turns, last


def batch_of(size, turn_id="a"):
    """Return the second frame of a turn, with this many bytes on the wire."""
    least = len(FrameBatch(turn_id, [frame(1, "")]).wire)
    return FrameBatch(turn_id, [frame(1, "x" * (size - least))])


def kept_sizes(database):
    """Return a list that gets the size of each unit that waits for the thread that writes."""
    sizes = []
    put = database._queue.put

    def kept(job):
        sizes.append(job.size)
        put(job)

    database._queue.put = kept
    return sizes


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
    [(MAX_BYTES_TOGETHER, "MainThread"), (MAX_BYTES_TOGETHER + 1, "relay-writer")],
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
    log.post(batch_of(size), result.set_result)
    assert await result is None
    assert threads[0] == thread, "then the frames of a long one are moved"
    assert [f.n for f in await log.read("a", 0)] == [1]
    await database.close()


async def post_to_many(log):
    """Post more bytes than one unit may have, of many turns; return the turns and the results."""
    turn_ids = [f"turn-{n}" for n in range(MAX_BYTES_NOW // MAX_BYTES_TOGETHER + 1)]
    await log._database.write(partial(insert_turns, turn_ids=turn_ids))
    for turn_id in turn_ids:
        await log._database.write(partial(log.append, turn_id=turn_id, frames=[frame(0)]))
    loop = asyncio.get_running_loop()
    results = {turn_id: loop.create_future() for turn_id in turn_ids}
    for turn_id, result in results.items():
        log.post(batch_of(MAX_BYTES_TOGETHER, turn_id), result.set_result)
    return results


async def test_many_turns_do_not_wait_for_large_units(tmp_path):
    database = SqliteDatabase(database_url(str(tmp_path / "chat.db")))
    log = SqliteLog(database, Clock())
    with database._queue.without_large():
        results = await post_to_many(log)
        assert set(await asyncio.gather(*results.values())) == {None}
    for turn_id in results:
        assert [f.n for f in await log.read(turn_id, 0)] == [1]
    await database.close()


async def test_a_unit_that_fails_does_not_fail_the_turns_of_another(tmp_path, monkeypatch):
    database = SqliteDatabase(database_url(str(tmp_path / "chat.db")))
    log = SqliteLog(database, Clock())
    monkeypatch.setattr(SqliteLog, "_can_append", False)  # so the frames go to the database
    results = await post_to_many(log)
    write, calls = database.write, count()

    async def fail_once(unit, *, size):
        if next(calls) == 0:
            raise RuntimeError
        return await write(unit, size=size)

    monkeypatch.setattr(database, "write", fail_once)
    errors = dict(zip(results, await asyncio.gather(*results.values()), strict=True))
    failed = {turn_id for turn_id, error in errors.items() if error is not None}
    assert 0 < len(failed) < len(results)
    for turn_id in results:
        assert bool(await log.read(turn_id, 0)) == (turn_id not in failed)
    await database.close()


@pytest.mark.parametrize(
    "large_frames",
    [[frame(1, "x" * MAX_BYTES_NOW)], [frame(n, "x") for n in range(1, MAX_BYTES_NOW // 20)]],
    ids=["one-long-frame", "many-short-frames"],
)
async def test_no_turn_waits_for_the_large_frames_of_another(tmp_path, large_frames):
    database = SqliteDatabase(database_url(str(tmp_path / "chat.db")))
    log = SqliteLog(database, Clock())
    await database.write(insert_turns)
    for turn_id in ("a", "b"):
        await database.write(partial(log.append, turn_id=turn_id, frames=[frame(0)]))
    large, small = (asyncio.get_running_loop().create_future() for _ in range(2))
    with database._queue.without_large():
        log.post(FrameBatch("a", large_frames), large.set_result)
        log.post(FrameBatch("b", [frame(1)]), small.set_result)
        assert await small is None
        assert not large.done()
        assert [f.n for f in await log.read("a", 0)] == []
    assert await large is None
    assert (await log.read("a", 0))[0].n == 1
    await database.close()


async def test_a_large_frame_that_is_refused_fails_only_its_turn(tmp_path):
    database = SqliteDatabase(database_url(str(tmp_path / "chat.db")))
    log = SqliteLog(database, Clock())
    await database.write(insert_turns)
    await database.write(lambda tx: log.append(tx, "a", [frame(0)]))
    result = asyncio.get_running_loop().create_future()
    log.post(FrameBatch("a", [frame(2, "x" * (LARGE_BYTES + 1))]), result.set_result)
    assert isinstance(await result, FramesRefused)
    await database.close()


@pytest.mark.parametrize("is_known", [True, False], ids=["known", "forgotten"])
async def test_the_database_knows_how_large_a_commit_is(tmp_path, is_known):
    database = SqliteDatabase(database_url(str(tmp_path / "chat.db")))
    log = SqliteLog(database, Clock())
    await database.write(insert_turns)
    await database.write(lambda tx: log.append(tx, "a", [frame(0)]))
    if not is_known:
        log.forget("a")
    sizes = kept_sizes(database)
    result = asyncio.get_running_loop().create_future()
    batch = batch_of(1_000_000)
    log.post(batch, result.set_result)
    assert await result is None
    assert sizes == [len(batch.wire)]
    await database.close()


async def test_a_purge_deletes_few_bytes_in_each_transaction(tmp_path, monkeypatch):
    monkeypatch.setattr(stored, "PURGE_BYTES", 1000)
    monkeypatch.setattr(stored, "PURGE_TURNS", 3)
    database = SqliteDatabase(database_url(str(tmp_path / "chat.db")))
    log = SqliteLog(database, Clock())
    sizes = [400, 500, 200, 5000, 1, 1, 1, 1]
    turn_ids = [f"turn-{n}" for n in range(len(sizes))]
    await database.write(partial(insert_turns, turn_ids=turn_ids))
    for turn_id, size in zip(turn_ids, sizes, strict=True):
        for one in (Frame(0, "message", "x" * size), last(1)):
            await database.write(partial(log.append, turn_id=turn_id, frames=[one]))
    deleted = []
    delete = log._delete

    def kept(transaction, turn_ids):
        deleted.append([int(turn_id.removeprefix("turn-")) for turn_id in turn_ids])
        delete(transaction, turn_ids)

    monkeypatch.setattr(log, "_delete", kept)
    assert await log.purge(NOW + timedelta(days=1)) == len(sizes)
    assert deleted == [[0, 1], [2], [3], [4, 5, 6], [7]]
    assert await log.purge(NOW + timedelta(days=1)) == 0
    await database.close()
