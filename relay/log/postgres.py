"""The log in PostgreSQL: one commit for all turns of this relay, and announcements of the others.

Posted frames are committed by one statement. It locks the rows of their turns, inserts the frames
of those that still run, and notifies the other relays with the IDs of the turns.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, func, insert, select

from streamproof.relay.log.announcement import CHANNEL, Announcement
from streamproof.relay.log.pace import CommitPace
from streamproof.relay.log.stored import StoredLog, row_of
from streamproof.relay.storage.errors import FramesRefused, StorageError
from streamproof.relay.storage.leases import FIRST_EPOCH
from streamproof.relay.storage.tables import frame as frame_table
from streamproof.relay.storage.tables import turn as turn_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from streamproof.relay.frames import FrameBatch
    from streamproof.relay.log.flusher import Errors
    from streamproof.relay.log.stored import Row
    from streamproof.relay.storage.postgres import PostgresDatabase
    from streamproof.relay.storage.transaction import Transaction

LOCK_WAIT: Final = "500ms"
"""How long one statement for the frames of all turns waits for a lock. If one turn is locked for
longer, its frames must not keep those of the others, nor the leases that are locked with them. The
statement sets it itself: behind a pooler a connection has no settings of its own."""
_COMMIT: Final = """
WITH posted AS (
  SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::bytea[], $5::boolean[])
    AS posted (turn_id, n, event, data, terminal)
), limited AS MATERIALIZED (
  SELECT set_config('lock_timeout', $9, true) AS wait
), running AS (
  SELECT id FROM relay.relay_turn
  WHERE id = ANY ($1) AND epoch = $8 AND sealed_at IS NULL AND (SELECT wait FROM limited) <> ''
  ORDER BY id FOR NO KEY UPDATE
), stored AS (
  INSERT INTO relay.relay_frame (turn_id, n, event, data, terminal)
  SELECT posted.* FROM posted JOIN running ON running.id = posted.turn_id
  RETURNING turn_id
)
SELECT coalesce(array_agg(turn_id), '{}') FROM stored, pg_notify($6, $7)
"""
_LOCK: Final = (
    select(turn_table.c.id)
    .where(turn_table.c.id == bindparam("turn"), turn_table.c.epoch == bindparam("known"))
    .with_for_update(key_share=True)
)
_COLUMNS: Final = [column.name for column in frame_table.columns]


class PostgresLog(StoredLog):
    """Commits posted frames on one connection, one commit at a time.

    `relay_id` is different for each relay that uses the database.
    """

    def __init__(
        self, database: PostgresDatabase, now: Callable[[], datetime], relay_id: str
    ) -> None:
        super().__init__(database, now, CommitPace())
        self._postgres = database
        self.relay_id = relay_id
        self.own_turn_announced = asyncio.Event()
        """Set when another relay announces a turn that runs here: it has done something to it."""

    def announce(self, transaction: Transaction, turn_id: str) -> None:
        """Let the other relays look at a turn after the commit of a transaction."""
        text = Announcement(self.relay_id, (turn_id,)).text
        transaction.connection.execute(select(func.pg_notify(CHANNEL, text)))

    def hear(self, text: str) -> None:
        """Wake the readers of the turns to which another relay has added frames."""
        announcement = Announcement.read(text)
        if announcement.relay_id == self.relay_id:
            return
        for turn_id in announcement.turn_ids or ():
            if self._newest.pop(turn_id, None) is not None:  # its newest frames are others now
                self.own_turn_announced.set()
        self.wake(announcement.turn_ids)

    def wake(self, turn_ids: Iterable[str] | None = None) -> None:
        """Let the readers of some turns, or of all turns of other relays, look for new frames."""
        if turn_ids is None:
            turn_ids = self._notifier.turn_ids() - self._newest.keys()
        for turn_id in turn_ids:
            self._notifier.wake(turn_id)

    def _commit_now(self, batches: Sequence[FrameBatch]) -> bool:  # noqa: ARG002 - as in `EventLog`
        """Commit nothing: the event loop must not wait for a server."""
        return False

    async def _commit_later(self, batches: Sequence[FrameBatch]) -> Errors:
        """Insert the frames by one statement; if that fails, each turn for itself."""
        if self._all_continue(batches):
            with suppress(StorageError):
                return await self._commit_together(batches)
        return await self._append_each(batches)

    async def _commit_together(self, batches: Sequence[FrameBatch]) -> Errors:
        columns = zip(*map(row_of, batches), strict=True)
        announced = Announcement(self.relay_id, tuple(batch.turn_id for batch in batches))
        result = await self._postgres.execute_now(
            _COMMIT, *columns, CHANNEL, announced.text, FIRST_EPOCH, LOCK_WAIT, units=len(batches)
        )
        stored = set(result)
        errors: dict[str, BaseException] = {}
        for batch in batches:
            if batch.turn_id in stored:
                self._committed(batch)
            else:
                self._newest.pop(batch.turn_id, None)
                problem = f"turn {batch.turn_id}: another relay has taken it over, or deleted it"
                errors[batch.turn_id] = FramesRefused(problem)
        return errors

    def _prepare_append(self, transaction: Transaction, turn_id: str, epoch: int) -> None:
        values = {"turn": turn_id, "known": epoch}
        if transaction.connection.execute(_LOCK, values).first() is None:
            raise FramesRefused(f"turn {turn_id}: another relay has taken it over, or deleted it")

    def _insert(self, transaction: Transaction, rows: list[Row]) -> None:
        values = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
        transaction.connection.execute(insert(frame_table), values)
        self.announce(transaction, rows[0][0])
