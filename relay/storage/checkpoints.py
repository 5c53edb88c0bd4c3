"""Checkpoints of SQLite's write-ahead log, in a thread of their own.

A checkpoint copies the write-ahead log (WAL) into the database file, and waits for the disk. SQLite
would do that in the commit that fills the log, and hold up all streams. Here the commits continue
meanwhile. When everything is copied, the next commit begins the WAL anew, and waits for the disk
once more; so this thread also makes that commit.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

Meanwhile: TypeAlias = "Callable[[], AbstractContextManager[None]]"
"""A context in which a checkpoint runs."""

_logger = logging.getLogger(__name__)

PAGE_BYTES: Final = 4096
PAGES: Final = 4000
"""Pages in the WAL after which a checkpoint begins."""
MAX_PAGES: Final = 32_000
"""Pages after which commits wait for a checkpoint: without a pause in the load the WAL would grow
without end, because each checkpoint leaves what was written meanwhile."""


class Checkpointer:
    """Makes checkpoints on a connection that nothing else uses, until it is closed."""

    def __init__(self, connection: sqlite3.Connection, meanwhile: Meanwhile = nullcontext) -> None:
        self._connection = connection
        self._meanwhile = meanwhile
        self._pages = 0
        self._due = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="relay-checkpoints", daemon=True)
        self._thread.start()

    def wrote(self, pages: int) -> None:
        """Count written pages; a checkpoint begins when there are many.

        Two threads call it without a lock, and a lost count only delays a checkpoint.
        """
        self._pages += pages
        if self._pages >= PAGES:
            self._pages = 0
            self._due.set()

    def close(self) -> None:
        """Finish the current checkpoint, then end the thread."""
        self._closed = True
        self._due.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._due.wait()
            self._due.clear()  # before the check: a close after it sets the event again
            if self._closed:
                break
            try:
                with self._meanwhile():
                    _checkpoint(self._connection)
            except sqlite3.Error as error:
                _logger.warning("the write-ahead log cannot be copied now: %s", error)
        self._connection.close()


def _checkpoint(connection: sqlite3.Connection) -> None:
    _, in_wal, copied = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    if in_wal > MAX_PAGES:
        connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
    elif copied < in_wal:
        return
    connection.execute("UPDATE relay_alembic_version SET version_num = version_num")
