"""Which posted frames go to a frames file in SQLite, and on which thread."""

from __future__ import annotations

import asyncio
import shutil
import threading

import pytest

from streamproof.relay.frames import FrameBatch
from streamproof.relay.log import sqlite as sqlite_log
from streamproof.relay.log.stored import READ_BYTES
from streamproof.relay.storage.errors import FramesRefused
from streamproof.relay.storage.frames_files import records_of
from tests.relay.log.sqlite_store import (
    LARGE,
    Failing,
    files,
    moved,
    opened,
)
from tests.relay.log.stores import frame, insert_turns

pytestmark = pytest.mark.usefixtures("no_second_attempt")


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


async def test_frames_are_appended_at_once_if_that_is_wanted(tmp_path):
    commits: list[str] = []
    async with opened(tmp_path / "chat.db", commits.append) as store:
        commits.clear()
        results: list[BaseException | None] = []
        store.log.post(FrameBatch("a", [frame(1)]), results.append, at_once=True)
        assert results == [None]
        assert commits == ["commit", "committed"]


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
        store.log._use_files()
        await store.post("a", [frame(4)])
        assert [f.n for f in await store.read("a")] == [0, 1, 2, 3, 4]
        assert (await store.log.head("a")).count == 5
        folder = tmp_path / "copy"
        shutil.copytree(tmp_path, folder, ignore=shutil.ignore_patterns("copy"))
    async with opened(folder / "chat.db", is_new=False) as copy:
        assert [f.n for f in await copy.read("a")] == [0, 1, 2, 3, 4]
        assert [f.n for f in await copy.read("b")] == [0, 1]


async def test_a_file_is_used_again_after_some_time(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite_log, "APPEND_AGAIN_SECONDS", 0.0)
    failing = Failing()
    async with opened(tmp_path / "chat.db", failing) as store:
        failing.names.append("commit")
        await store.post("a", [frame(1)])
        while not store.log._can_append:  # noqa: ASYNC110 - turns of the loop
            await asyncio.sleep(0)
        await store.post("a", [frame(2)])
        assert await moved(store) == [0, 1]
        assert len(files(store)) == 1


async def test_a_close_plans_nothing(tmp_path):
    failing = Failing()
    async with opened(tmp_path / "chat.db", failing) as store:
        await store.post("b", [frame(1)])
        failing.names.append("commit")
        await store.post("a", [frame(1)])
        timers = store.log._append_again, store.log._deleted_turns._timer
        assert [timer.cancelled() for timer in timers] == [False, False]
    assert [timer.cancelled() for timer in timers] == [True, True]


async def test_the_frames_of_a_reader_that_fails_are_stored(store):
    def fail(_batch):
        raise LookupError("odd")

    follower = store.log.follow("a", 0, 3600.0, fail)
    reading = asyncio.ensure_future(anext(follower))
    for _ in range(3):
        await asyncio.sleep(0)
    await store.post("a", [frame(1)])
    with pytest.raises(LookupError, match="odd"):
        await reading
    await store.post("a", [frame(2)])
    assert [f.n for f in await store.read("a")] == [0, 1, 2]


async def test_a_turn_that_is_faster_than_its_moves_goes_to_the_database(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite_log, "MAX_BYTES_OF_A_TURN", 300)
    async with opened(tmp_path / "chat.db") as store:
        for n in range(1, 40):
            await store.post("a", [frame(n)])
        assert len(await moved(store)) > 3
        assert [f.n for f in await store.read("a")] == list(range(40))


async def test_a_post_to_a_turn_that_does_not_exist_is_refused(store):
    result = asyncio.get_running_loop().create_future()
    store.log.post(FrameBatch("unknown", [frame(1)]), result.set_result)
    assert isinstance(await result, FramesRefused)
