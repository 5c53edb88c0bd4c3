"""What a relay leaves in its frames files, and what the next start makes of it."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import timedelta

import pytest

from streamproof.relay.frames import FrameBatch
from streamproof.relay.storage.errors import StorageError
from streamproof.relay.storage.frames_files import FramesFiles
from tests.relay.log.sqlite_store import (
    LARGE,
    Failing,
    files,
    moved,
    opened,
    short,
    tidied,
)
from tests.relay.log.stores import NOW, frame, last


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
    caplog.set_level("INFO")
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
        assert "turn unknown does not exist any more: its frames are dropped" in caplog.text
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


async def test_a_file_that_cannot_be_read_is_named_at_the_start(tmp_path):
    (tmp_path / "chat.db-frames-1").mkdir()
    with pytest.raises(StorageError, match=r"chat\.db-frames-1: is a directory"):
        async with opened(tmp_path / "chat.db"):
            pass


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
