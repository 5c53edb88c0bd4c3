"""The log in the relay's SQLite database, and in the frames files next to it."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from streamproof.contracts.files import system_problem
from streamproof.relay.log.deleted_turns import DeletedTurns, existing_turns
from streamproof.relay.log.moves import Moves, store_block
from streamproof.relay.log.stored import StoredLog, head_now, read_now

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from streamproof.relay.frames import Frame, FrameBatch
    from streamproof.relay.log.base import LogHead
    from streamproof.relay.log.flusher import Errors, OnCommitted
    from streamproof.relay.log.posted_frames import FrameBlock
    from streamproof.relay.log.stored import Row
    from streamproof.relay.storage.sqlite import SqliteDatabase
    from streamproof.relay.storage.transaction import Transaction

_logger = logging.getLogger(__name__)

MAX_BYTES_NOW: Final = 524_288
"""A larger append runs in another thread, because the operating system can make it wait."""
MAX_BYTES_TOGETHER: Final = 65_536
"""Frames of one turn with more bytes go to the database alone: no other turn waits for them."""
MAX_BYTES_OF_A_TURN: Final = 262_144
"""While a turn has more to be moved, the moves are too slow for it: its frames go there too."""
APPEND_AGAIN_SECONDS: Final = 1.0
"""From an append that failed to the next one; meanwhile the frames go to the database."""

_INSERT_ROWS: Final = (
    "INSERT INTO relay_frame (turn_id, n, event, data, terminal) VALUES (?, ?, ?, ?, ?)"
)


class SqliteLog(StoredLog):
    """Appends posted frames to a file on the thread of the event loop; a task moves them.

    Frames that are both in a file and in `relay_frame` have the same numbers, and count once.
    """

    def __init__(self, database: SqliteDatabase, now: Callable[[], datetime]) -> None:
        super().__init__(database, now)
        self._sqlite = database
        self._files = database.frames_files
        self._moves = Moves(database)
        self._posted = self._moves.posted
        self._deleted_turns = DeletedTurns(database, self._posted, self._refuse)
        self._refused: set[str] = set()
        """Turns that run here, and that another program has deleted."""
        self._alone: set[asyncio.Task[None]] = set()
        """The commits of batches that no file takes."""
        self._loop = asyncio.get_running_loop()
        self._appender = ThreadPoolExecutor(1, thread_name_prefix="relay-frames")
        self._append_again: asyncio.TimerHandle | None = None
        """Not None: an append has failed, and the files are not used for a while."""

    async def open(self) -> None:
        """Move the frames that another process has left; raises `StorageError`."""
        await self._moves.recover()

    async def close(self) -> None:
        """Move all frames; what cannot be moved now is moved at the next start."""
        await self._deleted_turns.close()
        if self._append_again is not None:
            self._append_again.cancel()
        self._appender.shutdown()
        await self._moves.close()

    async def read(self, turn_id: str, after: int) -> list[Frame]:
        """Read the next frames, up to the limits of a read."""
        posted = self._posted.block(turn_id)
        return await self._database.read(partial(_read_now, turn_id, after, posted))

    async def head(self, turn_id: str) -> LogHead | None:
        """Read the state of a turn's log."""
        last = self._posted.last(turn_id)
        return await self._database.read(partial(_head_now, turn_id, last))

    def post(self, batch: FrameBatch, on_committed: OnCommitted, *, at_once: bool = False) -> None:
        """Append frames to a file soon, or commit them alone; then call `on_committed`."""
        if self._fits_a_file(batch):
            self._flusher.post(batch, on_committed, at_once=at_once)
            return
        task = asyncio.create_task(self._commit_alone(batch, on_committed))
        self._alone.add(task)
        task.add_done_callback(self._alone.discard)

    def _fits_a_file(self, batch: FrameBatch) -> bool:
        return (
            self._continues(batch)
            and not batch.is_end
            and batch.turn_id not in self._refused
            and len(batch.wire) <= MAX_BYTES_TOGETHER
            and self._posted.size(batch.turn_id) <= MAX_BYTES_OF_A_TURN
        )

    async def _commit_alone(self, batch: FrameBatch, on_committed: OnCommitted) -> None:
        on_committed((await self._append_each([batch])).get(batch.turn_id))

    def forget(self, turn_id: str) -> None:
        """Drop the newest frames of a turn that does not run any more."""
        super().forget(turn_id)
        self._refused.discard(turn_id)
        self._moves.turn_ended(turn_id)

    def _refuse(self, turn_id: str) -> None:
        """Let the database refuse the next frames of a deleted turn, if it runs here."""
        if self._newest.pop(turn_id, None) is not None:
            self._refused.add(turn_id)

    def _commit_now(self, batches: Sequence[FrameBatch]) -> bool:
        """Append the frames on the thread of the event loop: this takes some microseconds."""
        if self._files.waits_for_disk or not self._can_append:
            return False
        wires = [batch.wire for batch in batches]
        if sum(map(len, wires)) > MAX_BYTES_NOW:
            return False
        try:
            seconds = self._files.append(wires)
        except OSError as error:
            self._append_later(error)
            return False
        self._appended(batches, seconds)
        return True

    async def _commit_later(self, batches: Sequence[FrameBatch]) -> Errors:
        """Append the frames in another thread; if that is impossible, commit those of each turn."""
        if not self._can_append:
            return await self._append_each(batches)
        wires = [batch.wire for batch in batches]
        try:
            with self._moves.file_kept():
                append = self._loop.run_in_executor(self._appender, self._files.append, wires)
                seconds = await append
        except OSError as error:
            self._append_later(error)
            return await self._append_each(batches)
        self._appended(batches, seconds)
        return {}

    @property
    def _can_append(self) -> bool:
        return self._append_again is None and not self._moves.are_slow

    def _append_later(self, error: OSError) -> None:
        self._append_again = self._loop.call_later(APPEND_AGAIN_SECONDS, self._use_files)
        problem = system_problem(error)
        _logger.warning("%s: %s; frames go to the database now", self._files.path, problem)
        self._moves.begin_next_file()

    def _use_files(self) -> None:
        self._append_again = None

    def _appended(self, batches: Sequence[FrameBatch], seconds: float) -> None:
        for batch in batches:  # before all that would only delay the readers
            self._committed(batch)
        self._moves.appended(batches)
        self._sqlite.on_commit(len(batches), seconds)
        self._deleted_turns.look_soon()

    def waiting_bytes(self, turn_id: str) -> int:
        """Return the bytes of the frames that move in the transaction of the next append."""
        return self._posted.size(turn_id)

    def _prepare_append(
        self,
        transaction: Transaction,
        turn_id: str,
        epoch: int,  # noqa: ARG002 - one relay has this log
    ) -> None:
        """Move the posted frames of the turn, so that its log continues in `relay_frame`."""
        block = self._posted.block(turn_id)
        if block is None:
            return
        store_block(turn_id, block, transaction)

        def on_end(committed: bool) -> None:  # noqa: FBT001 - the signature of the callback
            if committed:
                self._moves.moved(turn_id, block)

        transaction.on_end(on_end)

    def _insert(self, transaction: Transaction, rows: list[Row]) -> None:
        transaction.connection.exec_driver_sql(_INSERT_ROWS, rows)


def _read_now(
    turn_id: str, after: int, posted: FrameBlock | None, connection: Connection
) -> list[Frame]:
    """Read on among the posted frames where those of `relay_frame` end."""
    frames = read_now(turn_id, after, connection)
    last = frames[-1].n if frames else after
    if posted is None or posted.last <= last or not existing_turns([turn_id], connection):
        return frames
    more = posted.frames_after(last)
    return frames + more if more[0].n == last + 1 else frames


def _head_now(turn_id: str, last: int, connection: Connection) -> LogHead | None:
    head = head_now(turn_id, connection)
    if head is None or head.ended:
        return head
    return replace(head, count=max(head.count, last + 1))
