"""The frames files: what was appended is read, whatever broke off, was refused or was left over."""

from __future__ import annotations

import errno
import os
import random
import stat
import sys

import pytest

from streamproof.relay.storage.frames_files import FramesFiles, records_of


@pytest.fixture
def files(tmp_path):
    """Give the files of a database."""
    return FramesFiles(str(tmp_path / "chat.db"))


def records(number):
    """Return records of many lengths."""
    draw = random.Random(number)
    return [draw.randbytes(draw.choice([1, 20, 130, 5000])) for _ in range(number)]


def test_the_records_of_all_appends_are_read_in_their_order(files):
    wanted = records(30)
    for first in range(0, 30, 3):
        files.append(wanted[first : first + 3])
    assert records_of(files.path)[0] == wanted
    assert files.path.stat().st_size == files.size


def test_a_file_is_an_event_stream_with_comments(files):
    files.append([b"id: a:1\ndata: x\n\n"])
    assert files.path.read_bytes() == b":11 4e87f1f5\nid: a:1\ndata: x\n\n"


def test_a_record_that_is_not_whole_ends_the_reading(files):
    wanted = records(4)
    files.append(wanted)
    whole = files.path.read_bytes()
    ends = [0]
    for record in wanted:
        ends.append(whole.index(record, ends[-1]) + len(record))
    for length in sorted({*range(0, len(whole), 7), *ends}):
        files.path.write_bytes(whole[:length])
        number = sum(end <= length for end in ends[1:])
        assert records_of(files.path) == (wanted[:number], length - ends[number])


@pytest.mark.parametrize("place", [0, 3, 8, 20, 30])
def test_a_changed_byte_ends_the_reading(files, place):
    files.append([b"first record of the file"])
    first = files.size
    files.append([b"second record", b"third record"])
    data = bytearray(files.path.read_bytes())
    data[first + place] ^= 0x55
    files.path.write_bytes(data)
    found = records_of(files.path)[0]
    assert found in ([b"first record of the file"], [b"first record of the file", b"second record"])
    assert b"third record" not in found


def test_only_its_user_reads_a_file(files):
    files.append([b"x"])
    if sys.platform != "win32":
        assert stat.S_IMODE(files.path.stat().st_mode) == 0o600


def test_the_next_file_has_the_next_number_also_after_a_restart(tmp_path, files):
    files.append([b"x"])
    files.begin_next()
    assert files.size == 0
    files.append([b"y"])
    names = ["chat.db-frames-1", "chat.db-frames-2"]
    assert [path.name for path in files.paths()] == names
    again = FramesFiles(str(tmp_path / "chat.db"))
    again.append([b"z"])
    assert [path.name for path in again.paths()] == [*names, "chat.db-frames-3"]
    assert records_of(files.path)[0] == [b"y"]


def test_files_are_in_the_order_of_their_numbers(tmp_path, files):
    for name in ("chat.db-frames-10", "chat.db-frames-9", "chat.db-frames-x", "chat.db-frames-"):
        (tmp_path / name).touch()
    assert [path.name for path in files.paths()] == ["chat.db-frames-9", "chat.db-frames-10"]


def test_a_name_with_the_characters_of_a_pattern_finds_only_its_files(tmp_path):
    (tmp_path / "c.db-frames-1").touch()
    files = FramesFiles(str(tmp_path / "[abc].db"))
    assert files.paths() == []
    files.append([b"x"])
    assert files.paths() == [files.path]


def test_a_link_to_the_database_has_the_files_of_the_database(tmp_path, files):
    (tmp_path / "chat.db").touch()
    (tmp_path / "link.db").symlink_to(tmp_path / "chat.db")
    files.append([b"x"])
    assert FramesFiles(str(tmp_path / "link.db")).paths() == files.paths()


@pytest.mark.parametrize("taken", [0, 5])
def test_an_append_that_fails_leaves_no_whole_record(files, monkeypatch, taken):
    write = os.write
    files.append([b"before"])

    def refuse():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def full(descriptor, data):
        return write(descriptor, data[:taken]) if taken and len(data) > 110 else refuse()

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        files.append([b"x" * 100])
    monkeypatch.setattr(os, "write", write)
    files.begin_next()
    files.append([b"after"])
    found = [records_of(path) for path in files.paths()]
    assert found == [([b"before"], taken), ([b"after"], 0)]


def test_a_file_that_took_nothing_can_be_closed(files, monkeypatch):
    write = os.write

    def refuse(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", refuse)
    with pytest.raises(OSError, match="No space left"):
        files.append([b"x"])
    monkeypatch.setattr(os, "write", write)
    assert files.is_open
    descriptor = files._descriptor
    files.begin_next()
    assert not files.is_open
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_a_write_of_a_part_is_continued(files, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:3]))
    files.append([b"a block", b"and another one"])
    assert records_of(files.path)[0] == [b"a block", b"and another one"]


@pytest.mark.parametrize("waits", [False, True])
def test_an_append_waits_for_the_disk_if_it_must(tmp_path, monkeypatch, waits):
    seen = []
    path = tmp_path / "chat.db-frames-1"

    def synced(descriptor):
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        seen.append((kind, path.stat().st_size))

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "fdatasync", synced, raising=False)
    files = FramesFiles(str(tmp_path / "chat.db"), waits_for_disk=waits)
    files.append([b"x"])
    first = files.size
    files.append([b"y"])
    assert seen == ([("folder", 0), ("file", first), ("file", files.size)] if waits else [])


def test_a_file_whose_name_may_be_lost_takes_nothing(tmp_path, monkeypatch):
    def refuse(_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    files = FramesFiles(str(tmp_path / "chat.db"), waits_for_disk=True)
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="Input/output error"):
        files.append([b"x"])
    assert not files.is_open
    assert files.paths() == []


def test_an_append_is_measured_and_has_its_failpoints(files):
    seen = []
    files._failpoint = lambda name: seen.append((name, files.size > 0))
    assert files.append([b"x", b"y"]) > 0
    assert seen == [("commit", False), ("committed", True)]
