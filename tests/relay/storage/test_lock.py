"""Only one process can hold the lock of a database file."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

import pytest

from streamproof.relay.storage import lock
from streamproof.relay.storage.errors import DatabaseInUse, StorageError
from streamproof.relay.storage.lock import database_lock


def test_a_second_lock_of_the_same_file_is_refused(tmp_path):
    database = str(tmp_path / "chat.db")
    with database_lock(database), pytest.raises(DatabaseInUse), database_lock(database):
        pytest.fail("both have the lock")
    with database_lock(database):
        pass


def test_a_lock_file_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").touch()
    database = str(tmp_path / "file" / "chat.db")
    with (
        pytest.raises(StorageError, match=r"cannot write .*chat\.db\.lock"),
        database_lock(database),
    ):
        pytest.fail("there is no lock file")


def test_a_very_long_path_is_cut_in_the_error(tmp_path):
    with (
        pytest.raises(StorageError, match=r"9…: file name too long$") as raised,
        database_lock(str(tmp_path / ("9" * 5000))),
    ):
        pass
    assert len(str(raised.value)) < 500


def test_a_file_system_without_locks_is_refused(tmp_path, monkeypatch):
    def no_locks(_file):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(lock, "_lock", no_locks)
    database = str(tmp_path / "chat.db")
    with pytest.raises(StorageError, match=r"(?i)no locks available"), database_lock(database):
        pytest.fail("there is no lock")


class FakeMsvcrt(ModuleType):
    """The locks of Windows, with a byte that is free or locked."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        super().__init__("msvcrt")
        self.locked = False

    def locking(self, _file: int, mode: int, size: int) -> None:
        """Lock the byte, or raise the error of Windows."""
        assert (mode, size) == (self.LK_NBLCK, 1)
        if self.locked:
            raise PermissionError(13, "Permission denied")
        self.locked = True


@pytest.fixture
def lock_of_windows(monkeypatch):
    """Import the module as on Windows, where there is no fcntl."""
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", FakeMsvcrt())
    yield importlib.reload(lock)
    monkeypatch.undo()
    importlib.reload(lock)


def test_on_windows_a_second_lock_is_refused(lock_of_windows, tmp_path):
    database = str(tmp_path / "chat.db")
    with (
        lock_of_windows.database_lock(database),
        pytest.raises(DatabaseInUse),
        lock_of_windows.database_lock(database),
    ):
        pytest.fail("both have the lock")
