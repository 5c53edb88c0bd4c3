"""The database file as a relay opened it: only for its user, and the same until the relay ends.

SQLite goes on writing into a file that was deleted, moved or replaced, and all of that is lost. So
an answer is stored only while the path still leads to the file that was opened.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from streamproof.contracts.files import system_problem
from streamproof.relay.storage.errors import DatabaseInUse, DatabaseReplaced, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

if sys.platform == "linux":
    import fcntl

    def _lock(descriptor: int) -> None:
        """Lock the file against other relays, also under another name; raises `OSError`."""
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
else:

    def _lock(descriptor: int) -> None:
        """Do nothing: here such a lock would exclude SQLite, which has locks of its own."""


ONLY_ITS_USER: Final = 0o600
HARD_LINK: Final = "SQLite keeps a journal for each name, so remove the other hard links"


class DatabaseFile:
    """A database file that is open in this process."""

    def __init__(self, path: str, descriptor: int) -> None:
        self._path = path
        found = os.fstat(descriptor)
        self._identity = (found.st_dev, found.st_ino)

    def check(self) -> None:
        """Raise `DatabaseReplaced` unless the path leads to the file, and no other path does."""
        try:
            found = os.stat(self._path)  # noqa: PTH116 - half the time of a `Path`, in each commit
        except OSError as error:
            raise DatabaseReplaced(f"{self._path}: {system_problem(error)}") from error
        if (found.st_dev, found.st_ino) != self._identity:
            raise DatabaseReplaced(f"{self._path} is another file than at the start")
        if found.st_nlink > 1:
            raise DatabaseReplaced(
                f"{self._path} has {found.st_nlink} names, wanted 1: {HARD_LINK}"
            )


@contextmanager
def database_file(path: str) -> Iterator[DatabaseFile]:
    """Hold the file of a database, and create it if it is missing, only for its user.

    Raises `StorageError` if it cannot be opened, and `DatabaseInUse` if another relay uses it
    although the lock file is free: under another name, or because the lock file was deleted.
    """
    try:
        descriptor = os.open(
            path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), ONLY_ITS_USER
        )
    except OSError as error:
        raise StorageError(f"database: cannot open {path}: {system_problem(error)}") from error
    try:
        _lock_for_relays(path, descriptor)
        file = DatabaseFile(path, descriptor)
        file.check()
        yield file
    finally:
        os.close(descriptor)  # after SQLite has closed the file: this drops its locks


def _lock_for_relays(path: str, descriptor: int) -> None:
    try:
        _lock(descriptor)
    except BlockingIOError as error:
        message = f"database: another relay is using {path} under another name, or without its lock"
        raise DatabaseInUse(message) from error
    except OSError as error:
        raise StorageError(f"database: cannot lock {path}: {system_problem(error)}") from error
