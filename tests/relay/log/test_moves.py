"""Posted frames in SQLite are in a file next to the database until they are moved."""

from __future__ import annotations

import asyncio
import errno
import os
import random
import shutil
import sqlite3
import threading
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from streamproof.relay.frames import FrameBatch
from streamproof.relay.log import deleted_turns, moves
from streamproof.relay.log import sqlite as sqlite_log
from streamproof.relay.log.sqlite import SqliteLog
from streamproof.relay.log.stored import READ_BYTES
from streamproof.relay.storage.address import database_url
from streamproof.relay.storage.errors import FramesRefused, StorageError
from streamproof.relay.storage.frames_files import FramesFiles, records_of
from streamproof.relay.storage.sqlite import SqliteDatabase
from tests.relay.log.stores import NOW, Clock, Store, frame, insert_turns, last

LARGE = "x" * (sqlite_log.MAX_BYTES_TOGETHER + 1)


@asynccontextmanager
async def opened(path, failpoint=None, *, is_new=True, synchronous="normal"):
    """Give a store on a file, whose turns a and b have their first frame."""
    options = {"failpoint": failpoint} if failpoint else {}
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


@pytest.fixture
async def store(tmp_path):
    """Give a store on a new file."""
    async with opened(tmp_path / "chat.db") as store:
        yield store


def short(monkeypatch, **numbers):
    """Let a log move frames and begin files after a few frames."""
    wanted = {"BYTES_OF_A_MOVE": 100, "BYTES_OF_A_TRANSACTION": 1, "FILE_BYTES": 400, **numbers}
    for name, number in wanted.items():
        monkeypatch.setattr(moves, name, number)


@pytest.fixture(autouse=True)
def no_second_attempt(monkeypatch):
    """Let only the test try a move or an append again."""
    monkeypatch.setattr(moves, "RETRY_SECONDS", 3600.0)
    monkeypatch.setattr(sqlite_log, "APPEND_AGAIN_SECONDS", 3600.0)


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


async def test_frames_wait_in_a_file_and_are_read(store):
    for n in (1, 2):
        await store.post("a", [frame(n)])
    await store.post("a", [frame(3), frame(4)])
    assert await moved(store) == [0]
    [path] = files(store)
    assert len(records_of(path)[0]) == 3
    for after in range(-1, 5):
        assert [f.n for f in await store.read("a", after)] == list(range(after + 1, 5))
    assert (await store.log.head("a")).count == 5


async def test_large_frames_follow_small_ones(store):
    await store.post("a", [frame(1)])
    await store.post("a", [frame(2, LARGE)])
    assert await moved(store) == [0, 1, 2]
    await store.post("a", [frame(3)])
    assert [f.n for f in await store.read("a")] == [0, 1, 2, 3]
    assert [f.n for f in await store.read("a", 1)] == [2, 3]


async def test_frames_of_two_turns_are_one_append(tmp_path):
    commits: list[str] = []
    async with opened(tmp_path / "chat.db", commits.append) as store:
        commits.clear()
        await asyncio.gather(store.post("a", [frame(1)]), store.post("b", [frame(1)]))
        assert commits == ["commit", "committed"]
        for turn_id in ("a", "b"):
            assert [f.n for f in await store.read(turn_id)] == [0, 1]


@pytest.mark.parametrize(
    ("synchronous", "size", "is_loop"),
    [("normal", 1, True), ("full", 1, False), ("normal", sqlite_log.MAX_BYTES_NOW // 9, False)],
    ids=["normal", "full", "many bytes"],
)
async def test_the_event_loop_does_not_wait_for_the_disk(tmp_path, synchronous, size, is_loop):
    threads = []

    def failpoint(name):
        threads.append((name, threading.current_thread() is threading.main_thread()))

    async with opened(tmp_path / "chat.db", failpoint, synchronous=synchronous) as store:
        turn_ids = [f"turn {i}" for i in range(10)]
        await store.write(lambda tx: insert_turns(tx, turn_ids))
        for turn_id in turn_ids:
            await store.append(turn_id, [frame(0)])
        threads.clear()
        await asyncio.gather(*[store.post(t, [frame(1, "x" * size)]) for t in turn_ids])
        assert threads[:2] == [("commit", is_loop), ("committed", is_loop)], "then they are moved"
        for turn_id in turn_ids:
            assert [f.n for f in await store.read(turn_id)] == [0, 1]


async def test_many_frames_of_a_turn_become_one_row(store, monkeypatch):
    short(monkeypatch, BYTES_OF_A_MOVE=4 * FrameBatch("a", [frame(1)]).size)
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
    size = FrameBatch("a", [frame(1)]).size
    short(monkeypatch, BYTES_OF_A_MOVE=2 * size, BYTES_OF_A_TRANSACTION=100 * size)
    in_writer: list[str] = []

    def failpoint(name):
        if threading.current_thread().name == "relay-writer":
            in_writer.append(name)

    async with opened(tmp_path / "chat.db", failpoint) as store:
        in_writer.clear()
        for n in range(1, 6):
            await store.post("a", [frame(n)])
        assert await moved(store) == [0, 2, 4]
        assert in_writer == []
        assert [f.n for f in await store.read("a")] == list(range(6))


async def test_one_turn_is_moved_after_each_append(tmp_path, monkeypatch):
    size = FrameBatch("a", [frame(1)]).size
    short(monkeypatch, BYTES_OF_A_MOVE=size, BYTES_OF_A_TRANSACTION=100 * size)
    async with opened(tmp_path / "chat.db") as store:
        await asyncio.gather(store.post("a", [frame(1)]), store.post("b", [frame(1)]))
        assert [await moved(store, turn_id) for turn_id in "ab"] == [[0, 1], [0]]
        await store.post("a", [frame(2)])
        assert [await moved(store, turn_id) for turn_id in "ab"] == [[0, 1], [0, 1]]


@pytest.mark.usefixtures("busy_database")
async def test_several_turns_are_moved_in_one_transaction(tmp_path, monkeypatch):
    size = FrameBatch("a", [frame(1)]).size
    short(monkeypatch, BYTES_OF_A_MOVE=2 * size, BYTES_OF_A_TRANSACTION=4 * size)
    in_writer: list[str] = []

    def failpoint(name):
        if threading.current_thread().name == "relay-writer":
            in_writer.append(name)

    async with opened(tmp_path / "chat.db", failpoint) as store:
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
    assert store.log._moves._moved == {}
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


async def test_a_start_moves_what_a_killed_relay_left(tmp_path, monkeypatch):
    short(monkeypatch, FILE_BYTES=200)
    folder = tmp_path / "killed"
    async with opened(tmp_path / "chat.db") as killed:
        await killed.post("b", [frame(1), frame(2)])
        for n in range(1, 30):
            await killed.post("a", [frame(n, LARGE if n == 17 else "x")])
        await tidied(killed)
        await killed.post("a", [frame(30)])
        shutil.copytree(tmp_path, folder, ignore=shutil.ignore_patterns("killed"))
    assert list(folder.glob("chat.db-frames-*"))
    async with opened(folder / "chat.db", is_new=False) as store:
        assert files(store) == []
        assert [f.n for f in await store.read("a", 16)] == list(range(17, 31))
        assert [f.n for f in await store.read("a")][:17] == list(range(17))
        assert [f.n for f in await store.read("b")] == [0, 1, 2]


async def test_frames_after_a_gap_are_lost_and_named(tmp_path, caplog):
    async with opened(tmp_path / "chat.db"):
        pass
    left = FramesFiles(str(tmp_path / "chat.db"))
    left.append([FrameBatch("a", [frame(n)]).wire for n in (2, 3)])
    left.append([FrameBatch("unknown", [frame(1)]).wire, FrameBatch("b", [frame(1)]).wire])
    async with opened(tmp_path / "chat.db", is_new=False) as store:
        assert [f.n for f in await store.read("a")] == [0]
        assert [f.n for f in await store.read("b")] == [0, 1]
        assert "frames are lost" in caplog.text
        assert "turn a: wanted frame 1, got 2" in caplog.text
        assert files(store) == []


async def test_a_damaged_file_is_named_at_the_start(tmp_path, caplog):
    async with opened(tmp_path / "chat.db"):
        pass
    left = FramesFiles(str(tmp_path / "chat.db"))
    left.append([FrameBatch("a", [frame(n)]).wire for n in (1, 2, 3)])
    data = left.path.read_bytes()
    left.path.write_bytes(data.replace(b"id: a:2", b"id: a:7"))
    async with opened(tmp_path / "chat.db", is_new=False) as store:
        assert [f.n for f in await store.read("a")] == [0, 1]
    bytes_of_two = len(data) - data.index(b"\n\n:") - 2
    assert f"chat.db-frames-1: its last {bytes_of_two} bytes are not a whole record" in caplog.text


@pytest.mark.parametrize("record", [b"no event", b"data: x\n\n", b"id: a:x\ndata: x\n\n"])
async def test_a_file_of_another_kind_is_named_at_the_start(tmp_path, record):
    async with opened(tmp_path / "chat.db"):
        pass
    left = FramesFiles(str(tmp_path / "chat.db"))
    left.append([record])
    with pytest.raises(StorageError, match=r"chat\.db-frames-1: .* move the file away"):
        async with opened(tmp_path / "chat.db", is_new=False):
            pass
    assert left.paths() == [left.path]


async def test_frames_of_a_reader_far_behind_have_no_gap(tmp_path):
    async with opened(tmp_path / "chat.db") as store:
        for n in range(1, 12):
            await store.append("a", [frame(n, "x" * (READ_BYTES // 4))])
        await store.post("a", [frame(12)])
        found: list[int] = []
        while len(found) < 13:
            some = [f.n for f in await store.read("a", len(found) - 1)]
            assert some == list(range(len(found), len(found) + len(some)))
            found += some


async def test_a_file_that_cannot_be_read_is_named_at_the_start(tmp_path):
    (tmp_path / "chat.db-frames-1").mkdir()
    with pytest.raises(StorageError, match=r"chat\.db-frames-1: is a directory"):
        async with opened(tmp_path / "chat.db"):
            pass


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


@pytest.mark.parametrize("name", ["commit", "committed"])
@pytest.mark.parametrize("synchronous", ["normal", "full"])
async def test_frames_that_no_file_takes_go_to_the_database(tmp_path, caplog, name, synchronous):
    failing = Failing()
    async with opened(tmp_path / "chat.db", failing, synchronous=synchronous) as store:
        await store.post("a", [frame(1)])
        failing.names.append(name)
        await asyncio.gather(store.post("a", [frame(2)]), store.post("b", [frame(1)]))
        assert await moved(store) == [0, 1, 2]
        assert "chat.db-frames-1: no space left on device; frames go to" in caplog.text
        await store.post("a", [frame(3)])
        assert await moved(store) == [0, 1, 2, 3], "the file is left alone for some time"
        store.log._append_from = 0.0
        await store.post("a", [frame(4)])
        assert [f.n for f in await store.read("a")] == [0, 1, 2, 3, 4]
        assert (await store.log.head("a")).count == 5
        folder = tmp_path / "copy"
        shutil.copytree(tmp_path, folder, ignore=shutil.ignore_patterns("copy"))
    async with opened(folder / "chat.db", is_new=False) as copy:
        assert [f.n for f in await copy.read("a")] == [0, 1, 2, 3, 4]
        assert [f.n for f in await copy.read("b")] == [0, 1]


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


async def test_a_turn_that_is_faster_than_its_moves_goes_to_the_database(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite_log, "MAX_BYTES_OF_A_TURN", 300)
    async with opened(tmp_path / "chat.db") as store:
        for n in range(1, 40):
            await store.post("a", [frame(n)])
        assert len(await moved(store)) > 3
        assert [f.n for f in await store.read("a")] == list(range(40))


async def test_purged_frames_do_not_come_back(tmp_path):
    async with opened(tmp_path / "chat.db") as store:
        await store.post("a", [frame(1)])
        await store.post("b", [frame(1)])
        await store.append("a", [last(2)])
        assert await store.log.purge(NOW + timedelta(days=1)) == 1
        store.log.forget("a")
        assert (await store.log.head("a")).purged
        assert await store.read("a") == []
        folder = tmp_path / "copy"
        shutil.copytree(tmp_path, folder, ignore=shutil.ignore_patterns("copy"))
    assert list(folder.glob("chat.db-frames-*"))
    async with opened(folder / "chat.db", is_new=False) as copy:
        assert await moved(copy) == []
        assert await moved(copy, "b") == [0, 1]
        assert (await copy.log.head("a")).purged


async def test_a_close_leaves_no_file(tmp_path):
    async with opened(tmp_path / "chat.db") as store:
        await store.post("a", [frame(1)])
    assert list(tmp_path.glob("*-frames-*")) == []
    database = sqlite3.connect(tmp_path / "chat.db")
    rows = database.execute("SELECT n FROM relay_frame WHERE turn_id = 'a' ORDER BY n")
    assert rows.fetchall() == [(0,), (1,)]
    database.close()


async def test_a_close_that_cannot_move_leaves_the_file(tmp_path):
    failing = Failing()
    async with opened(tmp_path / "chat.db", failing) as store:
        await store.post("a", [frame(1)])
        failing.in_writer = True
    async with opened(tmp_path / "chat.db", is_new=False) as store:
        assert [f.n for f in await store.read("a")] == [0, 1]
        assert files(store) == []


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


@pytest.mark.parametrize("synchronous", ["normal", "full"])
@pytest.mark.parametrize("data", ["x", LARGE], ids=["small", "large"])
async def test_a_post_to_a_deleted_turn_is_refused(tmp_path, monkeypatch, data, synchronous):
    monkeypatch.setattr(deleted_turns, "LOOK_SECONDS", 0.0)
    async with opened(tmp_path / "chat.db", synchronous=synchronous) as store:
        await store.post("a", [frame(1)])
        await looked(store)
        await store.write(lambda tx: tx.connection.execute(text("DELETE FROM relay_turn")))
        assert await store.read("a") == await store.read("a", 0) == []
        assert await store.log.head("a") is None
        await store.post("a", [frame(2)])
        await looked(store)
        for _ in range(2):
            with pytest.raises(FramesRefused):
                await store.post("a", [frame(3, data)])
        store.log.forget("a")
        await tidied(store)
        assert files(store) == []
        assert store.log._refused == set()


async def looked(store):
    """Wait for the look that an append has begun."""
    if (task := store.log._deleted_turns._task) is not None:
        await task


async def test_frames_in_flight_do_not_bring_a_deleted_turn_back(store):
    await store.post("a", [frame(1)])
    await looked(store)
    newest = store.log._newest["a"]
    await store.write(lambda tx: tx.connection.execute(text("DELETE FROM relay_turn")))
    store.log._refuse("a")
    store.log._newest["a"] = newest  # as at the end of an append that was in flight
    with pytest.raises(FramesRefused):
        await store.post("a", [frame(2)])
    store.log.forget("a")
    store.log._refuse("a")
    assert store.log._refused == set()


async def test_a_deleted_turn_does_not_hold_up_the_others(tmp_path):
    async with opened(tmp_path / "chat.db") as store:
        await store.post("a", [frame(1)])
        store.log._refuse("b")
        writer = sqlite3.connect(tmp_path / "chat.db", isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        refused = asyncio.ensure_future(store.post("b", [frame(1)]))
        await store.post("a", [frame(2)])
        assert not refused.done()
        writer.execute("COMMIT")
        writer.close()
        await refused
        assert [f.n for f in await store.read("a")] == [0, 1, 2]


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


async def test_a_post_to_a_turn_that_does_not_exist_is_refused(store):
    result = asyncio.get_running_loop().create_future()
    store.log.post(FrameBatch("unknown", [frame(1)]), result.set_result)
    assert isinstance(await result, FramesRefused)
