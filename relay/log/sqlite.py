"""The log in the relay's SQLite database."""

from __future__ import annotations

import asyncio
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
from streamproof.relay.storage.write_queue import LARGE_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from streamproof.relay.frames import Frame, FrameBatch
    from streamproof.relay.log.base import LogHead
    from streamproof.relay.log.flusher import Errors, OnCommitted
    from streamproof.relay.log.stored import Row
    from streamproof.relay.storage.sqlite import SqliteDatabase, Statements
    from streamproof.relay.storage.transaction import Transaction

_logger = logging.getLogger(__name__)

MAX_BYTES_NOW: Final = 524_288
"""A larger commit runs in the thread that writes, because the disk can make it wait."""
MAX_BYTES_TOGETHER: Final = 65_536
"""Frames of one turn with more bytes are committed alone: no other turn waits for them."""
_BYTES_OF_A_ROW: Final = 80
"""What a row takes besides its data, about."""
_PAGES_OF_A_LARGE_ROW: Final = 6
"""Pages of `relay_frame` that a large row writes besides its data, and the move before it."""

_INSERT_ROWS: Final = (
    "INSERT INTO relay_frame (turn_id, n, event, data, terminal) VALUES (?, ?, ?, ?, ?)"
)


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
        self._moving: asyncio.Task[None] | None = None
        self._alone: set[asyncio.Task[None]] = set()
        """The commits of large frames."""
        self._retry_at = 0
        """The row at which a move that failed is tried again."""

    async def open(self) -> None:
        """Move the rows that another process has left."""
        if await self._database.read(posted_rows.is_any_posted):
            await self._database.write(_move_all)

    async def close(self) -> None:
        """Move all rows; what cannot be moved now is moved at the next start."""
        self._due.clear()
        if self._moving is not None:
            await asyncio.wait([self._moving])
        with suppress(StorageError):
            await self.open()

    async def read(self, turn_id: str, after: int) -> list[Frame]:
        """Read the next frames, up to the limits of a read."""
        ids = self._posted.ids(turn_id)
        return await self._database.read(partial(_read_now, turn_id, after, ids))

    async def head(self, turn_id: str) -> LogHead | None:
        """Read the state of a turn's log."""
        ids = self._posted.ids(turn_id)
        return await self._database.read(partial(_head_now, turn_id, ids))

    def post(self, batch: FrameBatch, on_committed: OnCommitted) -> None:
        """Commit frames soon, many bytes alone; then call `on_committed`."""
        if batch.size <= MAX_BYTES_TOGETHER:
            super().post(batch, on_committed)
            return
        task = asyncio.create_task(self._commit_alone(batch, on_committed))
        self._alone.add(task)
        task.add_done_callback(self._alone.discard)

    async def _commit_alone(self, batch: FrameBatch, on_committed: OnCommitted) -> None:
        on_committed((await self._commit_unit([batch])).get(batch.turn_id))

    def forget(self, turn_id: str) -> None:
        """Drop the newest frames of a turn that does not run any more."""
        super().forget(turn_id)
        self._posted.forget(turn_id)
        if self._posted.ids(turn_id):  # its end is not stored, or it was deleted
            self._due[turn_id] = None
            self._move_soon()

    def _commit_now(self, batches: Sequence[FrameBatch]) -> bool:
        """Insert the frames on the thread of the event loop: a commit takes some tens of µs."""
        if not self._all_continue(batches) or _ends_a_turn(batches):
            return False
        rows = _Rows(batches)
        if rows.bytes > MAX_BYTES_NOW:
            return False
        if not self._sqlite.commit_now(self._statements(rows), len(batches), rows.pages):
            return False
        self._note_commit(rows)
        return True

    async def _commit_later(self, batches: Sequence[FrameBatch]) -> Errors:
        """Insert the frames on the thread that writes, in units that are not large."""
        commits = [self._commit_unit(some) for some in _small_units(batches)]
        errors = await asyncio.gather(*commits)
        return {turn_id: error for some in errors for turn_id, error in some.items()}

    async def _commit_unit(self, batches: Sequence[FrameBatch]) -> Errors:
        """Insert frames in one unit of work; if that fails, each turn for itself."""
        try:
            if self._all_continue(batches) and not _ends_a_turn(batches):
                with suppress(StorageError):
                    rows = _Rows(batches)
                    unit = partial(_execute, self._statements(rows))
                    await self._database.write(unit, size=rows.bytes)
                    self._note_commit(rows)
                    for batch in batches:
                        self._committed(batch)
                    return {}
            return await self._append_each(batches)
        except Exception as error:  # noqa: BLE001 - each turn gets it, and other units go on
            return {batch.turn_id: error for batch in batches}

    def _statements(self, rows: _Rows) -> Statements:
        """Return what stores small rows among the posted ones, and large ones in their place."""
        turn_ids = [turn_id for turn_id, *_ in rows.large]
        statements = [posted_rows.move(t, ids) for t in turn_ids if (ids := self._posted.ids(t))]
        if rows.large:
            statements.append((_INSERT_ROWS, rows.large))
        if rows.small:
            statements.append(posted_rows.insert([self._posted.row(row) for row in rows.small]))
        return statements

    def _note_commit(self, rows: _Rows) -> None:
        for turn_id, *_ in rows.large:
            self._posted.moved(turn_id, self._posted.ids(turn_id))
        for turn_id, *_ in rows.small:
            if self._posted.committed(turn_id) >= posted_rows.ROWS_OF_A_MOVE:
                self._due[turn_id] = None
        self._move_soon()

    def _move_soon(self) -> None:
        """Start the task that moves and deletes rows, if it has something to do."""
        is_due = bool(self._due) or self._posted.has_old
        if self._moving is None and is_due and self._posted.next_id >= self._retry_at:
            self._moving = asyncio.create_task(self._move_due())

    async def _move_due(self) -> None:
        """Move the rows of the turns that are due, and delete rows that were moved."""
        try:
            while self._due or self._posted.has_old:
                self._due |= dict.fromkeys(self._posted.old())
                turn_id = next(iter(self._due), "")
                ids, before = self._posted.movable(turn_id), self._posted.deletable()
                await self._database.write(partial(_move_now, turn_id, ids, before))
                self._posted.moved(turn_id, ids)
                self._posted.deleted(before)
                self._due.pop(turn_id, None)
        except StorageError as error:
            self._retry_at = self._posted.next_id + posted_rows.ROWS_OF_A_DELETION
            _logger.warning("posted frames cannot be moved now: %s", error)
        finally:
            self._moving = None

    def _prepare_append(
        self,
        transaction: Transaction,
        turn_id: str,
        epoch: int,  # noqa: ARG002 - one relay has this log
    ) -> None:
        """Move the posted rows of the turn, so that its log continues in `relay_frame`."""
        ids = self._posted.ids(turn_id)
        if not ids:
            return
        _execute([posted_rows.move(turn_id, ids)], transaction)

        def on_end(committed: bool) -> None:  # noqa: FBT001 - the signature of the callback
            if committed:
                self._posted.moved(turn_id, ids)

        transaction.on_end(on_end)

    def _insert(self, transaction: Transaction, rows: list[Row]) -> None:
        transaction.connection.exec_driver_sql(_INSERT_ROWS, rows)

    def _delete(self, transaction: Transaction, turn_ids: Sequence[str]) -> None:
        super()._delete(transaction, turn_ids)
        posted_rows.delete_turns(transaction.connection, turn_ids)


class _Rows:
    """The rows of some batches by their size."""

    __slots__ = ("bytes", "large", "small")

    def __init__(self, batches: Sequence[FrameBatch]) -> None:
        self.small: list[Row] = []
        self.large: list[Row] = []
        self.bytes = 0
        for batch in batches:
            row = row_of(batch)
            size = len(row[3])
            self.bytes += size
            (self.small if size <= posted_rows.MAX_BYTES else self.large).append(row)

    @property
    def pages(self) -> int:
        """The pages that a commit of these rows writes, about."""
        small = _BYTES_OF_A_ROW * len(self.small)
        return 1 + (self.bytes + small) // PAGE_BYTES + _PAGES_OF_A_LARGE_ROW * len(self.large)


def _small_units(batches: Sequence[FrameBatch]) -> Iterator[list[FrameBatch]]:
    """Divide batches by their bytes: a large unit would wait behind those of other turns."""
    unit: list[FrameBatch] = []
    size = 0
    for batch in batches:
        if unit and size + batch.size > LARGE_BYTES:
            yield unit
            unit, size = [], 0
        unit.append(batch)
        size += batch.size
    yield unit


def _ends_a_turn(batches: Sequence[FrameBatch]) -> bool:
    return any(batch.frames[-1].terminal for batch in batches)


def _execute(statements: Statements, transaction: Transaction) -> None:
    for statement, rows in statements:
        transaction.connection.exec_driver_sql(statement, list(rows))


def _move_now(turn_id: str, ids: Sequence[int], before: int, transaction: Transaction) -> None:
    if ids:
        _execute([posted_rows.move(turn_id, ids)], transaction)
    posted_rows.delete_before(transaction.connection, before)


def _move_all(transaction: Transaction) -> None:
    posted_rows.move_all(transaction.connection)


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
    count = max(head.count, posted_rows.last_posted(connection, ids) + 1)
    return replace(head, count=count)
