"""One relay per database file: a second one would end the running turns of the first one."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from streamproof.contracts.files import system_problem
from streamproof.relay.storage.errors import DatabaseInUse, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_PATH: Final = 300
"""Characters of a path in an error; a system may refuse a path because it is longer."""

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        """Lock the first byte; raises `PermissionError` if another process has the lock."""
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        """Lock the file; raises `BlockingIOError` if another process has the lock."""
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def database_lock(database: str) -> Iterator[None]:
    """Hold the lock file next to a database file as long as the block lasts.

    Raises `DatabaseInUse` if another process holds it, and `StorageError` if the file cannot be
    written. The operating system releases the lock when the process ends, even after `kill -9`.
    A symbolic link to the database uses the lock of the file that it points to.
    """
    path = Path(f"{os.path.realpath(database)}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    except OSError as error:
        raise _failed("write", path, error) from error
    with file:
        try:
            _lock(file)
        except (BlockingIOError, PermissionError) as error:
            raise DatabaseInUse(f"database: another relay is using {database}") from error
        except OSError as error:
            raise _failed("lock", path, error) from error
        yield


def _failed(what: str, path: Path, error: OSError) -> StorageError:
    shown = str(path) if len(str(path)) <= LONGEST_PATH else f"{str(path)[:LONGEST_PATH]}…"
    return StorageError(f"database: cannot {what} {shown}: {system_problem(error)}")
