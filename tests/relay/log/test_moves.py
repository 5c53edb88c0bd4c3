"""Posted frames in SQLite are in a file next to the database until they are moved."""

from __future__ import annotations

import asyncio
import errno
import os
import random
import sqlite3
import threading
from pathlib import Path

import pytest

from streamproof.relay.frames import FrameBatch
from streamproof.relay.log import moves
from streamproof.relay.storage.errors import FramesRefused, StorageError
from streamproof.relay.storage.frames_files import records_of
from streamproof.relay.storage.sqlite import SqliteDatabase
from tests.relay.log.sqlite_store import (
    Failing,
    NamesInWriter,
    files,
    moved,
    opened,
    short,
    tidied,
)
from tests.relay.log.stores import frame, last

pytestmark = pytest.mark.usefixtures("no_second_attempt")


async def test_many_frames_of_a_turn_become_one_row(store, monkeypatch):
    short(monkeypatch, BYTES_OF_A_MOVE=4 * len(FrameBatch("a", [frame(1)]).wire))
    for n in range(1, 6):
        await store.post("a", [frame(n)])
        await tidied(store)
    assert await moved(store) == [0, 4]
    assert [f.n for f in await store.read("a")] == [0, 1, 2, 3, 4, 5]
    assert (await store.log.head("a")).count == 6


@pytest.fixture
def busy_database(monkeypatch):
    """Let only the thread that writes move frames, as while another program writes."""
    monkeypatch.setattr(SqliteDatabase, "execute_now", lambda *_, **__: 0)


async def test_few_frames_are_moved_without_another_thread(tmp_path, monkeypatch):
    size = len(FrameBatch("a", [frame(1)]).wire)
    short(monkeypatch, BYTES_OF_A_MOVE=2 * size, BYTES_OF_A_TRANSACTION=100 * size)
    in_writer = NamesInWriter()
    async with opened(tmp_path / "chat.db", in_writer) as store:
        in_writer.clear()
        for n in range(1, 6):
            await store.post("a", [frame(n)])
        assert await moved(store) == [0, 2, 4]
        assert in_writer == []
        assert [f.n for f in await store.read("a")] == list(range(6))


async def test_one_turn_is_moved_after_each_append(tmp_path, monkeypatch):
    size = len(FrameBatch("a", [frame(1)]).wire)
    short(monkeypatch, BYTES_OF_A_MOVE=size, BYTES_OF_A_TRANSACTION=100 * size)
    async with opened(tmp_path / "chat.db") as store:
        await asyncio.gather(store.post("a", [frame(1)]), store.post("b", [frame(1)]))
        assert [await moved(store, turn_id) for turn_id in "ab"] == [[0, 1], [0]]
        await store.post("a", [frame(2)])
        assert [await moved(store, turn_id) for turn_id in "ab"] == [[0, 1], [0, 1]]


@pytest.mark.usefixtures("busy_database")
async def test_several_turns_are_moved_in_one_transaction(tmp_path, monkeypatch):
    size = len(FrameBatch("a", [frame(1)]).wire)
    short(monkeypatch, BYTES_OF_A_MOVE=2 * size, BYTES_OF_A_TRANSACTION=4 * size)
    in_writer = NamesInWriter()
    async with opened(tmp_path / "chat.db", in_writer) as store:
        in_writer.clear()
        for n in (1, 2):
            await store.post("a", [frame(n)])
            await store.post("b", [frame(n)])
        assert in_writer == []
        await tidied(store)
        assert in_writer == ["commit", "committed"]
        for turn_id in ("a", "b"):
            assert await moved(store, turn_id) == [0, 2]


async def test_a_full_file_is_deleted_when_all_its_frames_are_moved(store, monkeypatch):
    short(monkeypatch, BYTES_OF_A_MOVE=10_000)
    await store.post("b", [frame(1)])
    n = 0
    while len(store.log._moves._waiting) + len(store.log._moves._moved) == 0:
        n += 1
        await store.post("a", [frame(n)])
    await tidied(store)
    assert await moved(store) == [0, n]
    assert await moved(store, "b") == [0, 1]
    assert files(store) == []
    await store.post("a", [frame(n + 1)])
    assert [path.name for path in files(store)] == ["chat.db-frames-2"]


async def test_a_file_is_deleted_when_no_frame_waits(store):
    await store.post("a", [frame(1)])
    await store.post("b", [frame(1)])
    await store.append("a", [last(2)])
    await tidied(store)
    assert len(files(store)) == 1, "a frame of b is in it"
    await store.append("b", [last(2)])
    store.log.forget("b")
    await tidied(store)
    assert files(store) == []


async def test_a_turn_keeps_its_file_while_it_runs(store, monkeypatch):
    short(monkeypatch, BYTES_OF_A_MOVE=1, BYTES_OF_A_TRANSACTION=10_000, FILE_BYTES=10_000)
    for n in range(1, 10):
        await store.post("a", [frame(n)])
        assert [path.name for path in files(store)] == ["chat.db-frames-1"]
    assert (await moved(store))[-1] == 9


async def test_no_move_begins_at_once_after_a_failed_one(store, monkeypatch):
    short(monkeypatch, BYTES_OF_A_MOVE=1, BYTES_OF_A_TRANSACTION=10_000)
    store.log._moves._retry = asyncio.get_running_loop().call_later(3600, print)
    await store.post("a", [frame(1)])
    assert await moved(store) == [0]
    store.log._moves._run_again()
    await tidied(store)
    assert await moved(store) == [0, 1]


async def test_a_turn_that_cannot_be_moved_comes_after_the_others(store, monkeypatch):
    short(monkeypatch, BYTES_OF_A_MOVE=1, BYTES_OF_A_TRANSACTION=10_000)
    execute_now, refused = SqliteDatabase.execute_now, []

    def refuse_a(database, statement, values, pages):
        if values["turn"] == "a":
            refused.append(values["last"])
            return 0
        return execute_now(database, statement, values, pages)

    monkeypatch.setattr(SqliteDatabase, "execute_now", refuse_a)
    await store.post("a", [frame(1)])
    await store.post("b", [frame(1)])
    await store.post("b", [frame(2)])
    assert refused == [1, 1]
    assert await moved(store, "b") == [0, 2]


async def test_a_file_to_which_a_thread_appends_is_kept(tmp_path):
    waits, go = threading.Event(), threading.Event()

    def failpoint(name):
        if (
            name == "commit"
            and threading.current_thread().name.startswith("relay-frames")
            and armed
        ):
            waits.set()
            go.wait()

    armed: list[bool] = []
    async with opened(tmp_path / "chat.db", failpoint, synchronous="full") as store:
        await store.post("a", [frame(1)])
        armed.append(True)
        posting = asyncio.ensure_future(store.post("b", [frame(1)]))
        await asyncio.to_thread(waits.wait)
        await store.append("a", [last(2)])  # no frame waits for a move now
        await tidied(store)
        go.set()
        await posting
        [path] = files(store)
        assert len(records_of(path)[0]) == 2
        assert [f.n for f in await store.read("b")] == [0, 1]


async def test_a_file_keeps_frames_that_came_after_a_move_began(store, monkeypatch):
    short(monkeypatch, BYTES_OF_A_MOVE=10_000, FILE_BYTES=10_000)
    await store.post("a", [frame(1)])
    block = store.log._posted.block("a")
    await store.post("a", [frame(2)])
    store.log._moves._retry = asyncio.get_running_loop().call_later(3600, print)  # no move now
    store.log._moves.begin_next_file()
    await store.log._moves._move([("a", block)])
    assert store.log._moves._moved == []
    assert len(files(store)) == 1
    store.log._moves._run_again()
    await tidied(store)
    assert await moved(store) == [0, 1, 2]
    assert files(store) == []


async def test_a_file_that_cannot_be_deleted_holds_up_nothing(store, monkeypatch, caplog):
    short(monkeypatch, FILE_BYTES=200)
    unlink = Path.unlink

    def refuse(path, *, missing_ok=False):
        if path.name == "chat.db-frames-1":
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    for n in range(1, 40):
        await store.post("a", [frame(n)])
        await tidied(store)
    assert [path.name for path in files(store)][:1] == ["chat.db-frames-1"]
    assert len(files(store)) <= 2
    assert caplog.text.count("chat.db-frames-1: the next start deletes it") == 1
    assert not store.log._moves.are_slow


async def test_a_file_that_another_program_deleted_holds_up_nothing(store, monkeypatch, caplog):
    short(monkeypatch)
    await store.post("a", [frame(1)])
    [path] = files(store)
    path.unlink()
    for n in range(2, 30):
        await store.post("a", [frame(n)])
        await tidied(store)
    assert [f.n for f in await store.read("a")] == list(range(30))
    assert caplog.text == ""


async def test_the_end_of_a_turn_moves_its_frames(store):
    await store.post("a", [frame(1)])
    await store.post("a", [frame(2)])
    await store.append("a", [last(3)])
    assert await moved(store) == [0, 2, 3]
    assert [f.n for f in await store.read("a")] == [0, 1, 2, 3]
    with pytest.raises(FramesRefused):
        await store.post("a", [frame(4)])


@pytest.mark.usefixtures("busy_database")
async def test_moves_that_fail_are_made_later(tmp_path, monkeypatch, caplog):
    short(monkeypatch)
    failing = Failing()
    async with opened(tmp_path / "chat.db", failing) as store:
        await store.post("b", [frame(1)])
        failing.in_writer = True
        store.log.forget("b")
        for n in range(1, 11):
            await store.post("a", [frame(n)])
            await tidied(store)
        assert await moved(store, "b") == [0]
        assert caplog.text.count("posted frames cannot be moved now") == 1
        failing.in_writer = False
        store.log._moves._run_again()
        await store.post("a", [frame(11)])
        await tidied(store)
        assert await moved(store, "b") == [0, 1]
        assert (await moved(store))[-1] >= 10
        assert [f.n for f in await store.read("a")] == list(range(12))


@pytest.mark.usefixtures("busy_database")
async def test_frames_go_to_the_database_while_the_moves_are_slow(tmp_path, monkeypatch):
    short(monkeypatch)
    failing = Failing()
    async with opened(tmp_path / "chat.db", failing) as store:
        failing.in_writer = True
        n = 0
        while not store.log._moves.are_slow:
            n += 1
            await store.post("a", [frame(n)])
        with pytest.raises(StorageError):
            await store.post("a", [frame(n + 1)])
        assert len(files(store)) == moves.MAX_WAITING_FILES + 1
        failing.in_writer = False
        await store.post("a", [frame(n + 1)])
        assert (await moved(store))[-1] == n + 1
        await store.append("a", [last(n + 2)])
        store.log._moves._run_again()
        await tidied(store)
        assert files(store) == []
        assert [f.n for f in await store.read("a")] == list(range(n + 3))


async def test_frames_are_appended_while_another_program_has_the_lock(tmp_path, monkeypatch):
    short(monkeypatch, BYTES_OF_A_MOVE=1, BYTES_OF_A_TRANSACTION=10_000)
    async with opened(tmp_path / "chat.db") as store:
        writer = sqlite3.connect(tmp_path / "chat.db", isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        await store.post("a", [frame(1)])
        assert [f.n for f in await store.read("a")] == [0, 1]
        writer.execute("COMMIT")
        writer.close()
        assert await moved(store) == [0]
        await store.post("a", [frame(2)])
        assert await moved(store) == [0, 2]


async def test_frames_are_read_in_order_while_they_are_moved(store, monkeypatch):
    short(monkeypatch, FILE_BYTES=1000)
    draw = random.Random(7)
    counts = {"a": 1, "b": 1}

    async def read() -> None:
        for turn_id in ("a", "b"):
            after, number = draw.randrange(-1, counts[turn_id]), counts[turn_id]
            found: list[int] = []
            while len(found) < number - after - 1:  # large frames take several reads
                found += [f.n for f in await store.read(turn_id, after + len(found))]
            assert found[: number - after - 1] == list(range(after + 1, number))

    for _ in range(300):
        turn_id = draw.choice("aaab")
        texts = [draw.choice(["x", "x", "x", "x" * 200]) for _ in range(draw.choice([1, 1, 3]))]
        frames = [frame(counts[turn_id] + i, one) for i, one in enumerate(texts)]
        reading = asyncio.ensure_future(read())
        await store.post(turn_id, frames)
        counts[turn_id] += len(frames)
        await reading
    for turn_id, number in counts.items():
        await store.append(turn_id, [last(number)])
        found = [f.n for f in await store.read(turn_id)]
        assert found == list(range(number + 1))
