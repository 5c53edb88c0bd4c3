"""The log in the relay's SQLite database."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from streamproof.relay.log import posted_rows
from streamproof.relay.log.posted_rows import PostedRows
from streamproof.relay.log.stored import READ_ROWS, StoredLog, frames_of, head_now, read_now, row_of
from streamproof.relay.storage.checkpoints import PAGE_BYTES
from streamproof.relay.storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from streamproof.relay.frames import Frame, FrameBatch
    from streamproof.relay.log.base import LogHead
    from streamproof.relay.log.flusher import Errors
    from streamproof.relay.log.stored import Row
    from streamproof.relay.storage.sqlite import SqliteDatabase, Statements
    from streamproof.relay.storage.transaction import Transaction

_logger = logging.getLogger(__name__)

MAX_BYTES_NOW: Final = 524_288
"""A larger commit runs in the thread that writes, because the disk can make it wait."""

_INSERT_ROWS: Final = (
    "INSERT INTO relay_frame (turn_id, n, event, data, terminal) VALUES (?, ?, ?, ?, ?)"
)
_PAGES_OF: Final = {posted_rows.MOVE: 4, _INSERT_ROWS: 2}
"""Pages that a row of a statement writes, about, besides those that its data fills."""


class SqliteLog(StoredLog):
    """Commits posted frames on the thread of the event loop, if nothing else writes then.

    Small rows wait in `relay_posted_frame` until a task moves them, or an append to their turn.
    """

    def __init__(self, database: SqliteDatabase, now: Callable[[], datetime]) -> None:
        super().__init__(database, now)
        self._sqlite = database
        self._posted = PostedRows()
        self._due: dict[str, None] = {}
        """The turns whose rows must be moved, in this order."""
        self._tidying: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Move the rows that another process has left."""
        if await self._database.read(posted_rows.is_any_posted):
            await self._database.write(lambda tx: posted_rows.move_all(tx.connection))

    async def close(self) -> None:
        """Wait for the current move."""
        self._due.clear()
        if self._tidying is not None:
            await asyncio.wait([self._tidying])

    async def read(self, turn_id: str, after: int) -> list[Frame]:
        """Read the next frames, up to the limits of a read."""
        ids = self._posted.ids(turn_id)
        return await self._database.read(partial(_read_now, turn_id, after, ids))

    async def head(self, turn_id: str) -> LogHead | None:
        """Read the state of a turn's log."""
        ids = self._posted.ids(turn_id)
        return await self._database.read(partial(_head_now, turn_id, ids))

    def forget(self, turn_id: str) -> None:
        """Drop the newest frames of a turn that does not run any more."""
        super().forget(turn_id)
        self._posted.forget(turn_id)
        if self._posted.ids(turn_id):  # its end is not stored, or it was deleted
            self._due[turn_id] = None

    def _commit_now(self, batches: Sequence[FrameBatch]) -> bool:
        """Insert the frames on the thread of the event loop: a commit takes some 20 µs."""
        if not self._all_continue(batches) or _ends_a_turn(batches):
            return False
        rows = [row_of(batch) for batch in batches]
        size = sum([len(data) for *_, data, _ in rows])
        if size > MAX_BYTES_NOW:
            return False
        statements = self._statements(rows)
        pages = sum([_PAGES_OF.get(sql, 0) * len(values) for sql, values in statements])
        if not self._sqlite.commit_now(statements, len(rows), 1 + pages + size // PAGE_BYTES):
            return False
        self._note_commit(rows)
        return True

    async def _commit_later(self, batches: Sequence[FrameBatch]) -> Errors:
        """Insert the frames on the thread that writes; if that fails, each turn for itself."""
        if self._all_continue(batches) and not _ends_a_turn(batches):
            with suppress(StorageError):
                rows = [row_of(batch) for batch in batches]
                await self._database.write(partial(_execute, self._statements(rows)))
                self._note_commit(rows)
                for batch in batches:
                    self._committed(batch)
                return {}
        return await self._append_each(batches)

    def _statements(self, rows: Sequence[Row]) -> Statements:
        """Return what stores rows: small ones among the posted rows, large ones in their place."""
        small = [row for row in rows if _is_small(row)]
        posted = [self._posted.row(row) for row in small]
        if len(small) == len(rows):
            return [posted_rows.insert(posted)]
        large = [row for row in rows if not _is_small(row)]
        before = [(t, json.dumps(ids)) for t, *_ in large if (ids := self._posted.possible_ids(t))]
        statements = [(posted_rows.MOVE, before), (_INSERT_ROWS, large)]
        return [*statements, posted_rows.insert(posted)] if posted else statements

    def _note_commit(self, rows: Sequence[Row]) -> None:
        for row in rows:
            turn_id = row[0]
            if not _is_small(row):
                self._posted.moved(turn_id, self._posted.ids(turn_id))
            elif self._posted.committed(turn_id) >= posted_rows.ROWS_OF_A_MOVE:
                self._due[turn_id] = None
        if self._tidying is None and (self._due or self._posted.is_long):
            self._tidying = asyncio.create_task(self._tidy())

    async def _tidy(self) -> None:
        """Move the rows of the turns that are due, and delete rows that were moved."""
        try:
            while self._due or self._posted.is_long:
                turn_id = next(iter(self._due), "")
                ids = self._posted.ids(turn_id)
                first = self._posted.first() if self._posted.is_long else 0
                await self._database.write(partial(_tidy_now, turn_id, ids, first))
                self._posted.moved(turn_id, ids)
                self._due.pop(turn_id, None)
                self._due |= dict.fromkeys(self._posted.old() if first else ())
        except StorageError as error:
            self._due.clear()
            _logger.warning("posted frames cannot be moved now: %s", error)
        finally:
            self._tidying = None

    def _prepare(
        self,
        transaction: Transaction,
        turn_id: str,
        epoch: int,  # noqa: ARG002 - one relay has this log
    ) -> None:
        """Move the posted rows of a turn, so that its log continues in `relay_frame`."""
        ids = self._posted.possible_ids(turn_id)
        if not ids:
            return
        posted_rows.move(transaction.connection, turn_id, ids)

        def on_end(committed: bool) -> None:  # noqa: FBT001 - the signature of the callback
            if committed:
                self._posted.moved(turn_id, ids)

        transaction.on_end(on_end)

    def _insert(self, transaction: Transaction, rows: list[Row]) -> None:
        transaction.connection.exec_driver_sql(_INSERT_ROWS, rows)


def _is_small(row: Row) -> bool:
    return len(row[3]) <= posted_rows.MAX_BYTES


def _ends_a_turn(batches: Sequence[FrameBatch]) -> bool:
    return any(batch.frames[-1].terminal for batch in batches)


def _execute(statements: Statements, transaction: Transaction) -> None:
    for statement, rows in statements:
        if rows:
            transaction.connection.exec_driver_sql(statement, list(rows))


def _tidy_now(turn_id: str, ids: Sequence[int], first: int, transaction: Transaction) -> None:
    if ids:
        posted_rows.move(transaction.connection, turn_id, ids)
    if first:
        posted_rows.delete_before(transaction.connection, first)


def _read_now(turn_id: str, after: int, ids: Sequence[int], connection: Connection) -> list[Frame]:
    """Read on among the posted rows where the rows of `relay_frame` end."""
    frames = read_now(turn_id, after, connection)
    last = frames[-1].n if frames else after
    posted = posted_rows.read_posted(connection, ids, last, READ_ROWS) if ids else ()
    more = [frame for row in posted for frame in frames_of(*row) if frame.n > last]
    return frames + more if more and more[0].n == last + 1 else frames


def _head_now(turn_id: str, ids: Sequence[int], connection: Connection) -> LogHead | None:
    head = head_now(turn_id, connection)
    if head is None or head.ended or not ids:
        return head
    last = posted_rows.last_posted(connection, ids)
    return head if last is None else replace(head, count=max(head.count, last + 1), purged=False)
