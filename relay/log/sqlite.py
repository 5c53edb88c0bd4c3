"""The log in the relay's SQLite database."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from streamproof.relay.log.stored import StoredLog, row_of
from streamproof.relay.storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from streamproof.relay.frames import FrameBatch
    from streamproof.relay.log.flusher import Errors
    from streamproof.relay.log.stored import Row
    from streamproof.relay.storage.sqlite import SqliteDatabase
    from streamproof.relay.storage.transaction import Transaction

MAX_BYTES_NOW: Final = 524_288
"""A larger commit runs in the thread that writes, because the disk can make it wait."""

_INSERT_ROWS: Final = (
    "INSERT INTO relay_frame (turn_id, n, event, data, terminal) VALUES (?, ?, ?, ?, ?)"
)


class SqliteLog(StoredLog):
    """Commits posted frames on the thread of the event loop, if nothing else writes then."""

    def __init__(self, database: SqliteDatabase, now: Callable[[], datetime]) -> None:
        super().__init__(database, now)
        self._sqlite = database

    def _commit_now(self, batches: Sequence[FrameBatch]) -> bool:
        """Insert the frames on the thread of the event loop: a commit takes some 20 µs."""
        if not self._all_continue(batches):
            return False
        rows = [row_of(batch) for batch in batches]
        is_small = sum(len(data) for *_, data, _ in rows) <= MAX_BYTES_NOW
        return is_small and self._sqlite.insert_now(_INSERT_ROWS, rows)

    async def _commit_later(self, batches: Sequence[FrameBatch]) -> Errors:
        """Insert the frames on the thread that writes; if that fails, each turn for itself."""
        if self._all_continue(batches):
            with suppress(StorageError):
                rows = [row_of(batch) for batch in batches]
                await self._database.write(partial(self._insert, rows=rows))
                for batch in batches:
                    self._committed(batch)
                return {}
        return await self._append_each(batches)

    def _lock(self, transaction: Transaction, turn_id: str, epoch: int) -> None:
        """Do nothing: one thread of one relay writes."""

    def _insert(self, transaction: Transaction, rows: list[Row]) -> None:
        transaction.connection.exec_driver_sql(_INSERT_ROWS, rows)
