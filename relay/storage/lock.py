"""One relay for each database file: a second one would end the first one's turns as crashed."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from streamproof.relay.storage.errors import DatabaseInUse, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def sole_user(database: str) -> Iterator[None]:
    """Hold the lock file beside a database file; raises `DatabaseInUse` where another process does.

    The system lets go of the lock when the process ends, however it ends. A link to the file is
    the same file.
    """
    path = Path(f"{os.path.realpath(database)}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    except OSError as error:
        raise StorageError(f"database: {path} cannot be written: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DatabaseInUse(f"database: another relay is using {database}") from error
        yield
