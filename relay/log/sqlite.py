"""The log in the relay's SQLite database, so that the last frame and the answer are one commit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, exists, insert, select, update

from streamproof.relay.frames import Frame
from streamproof.relay.log.base import EventLog, LogHead, continues_log
from streamproof.relay.storage.errors import FramesRefused
from streamproof.relay.storage.tables import frame as frame_table
from streamproof.relay.storage.tables import turn as turn_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from streamproof.relay.storage.transaction import Database, Transaction

READ_FRAMES: Final = 500
READ_BYTES: Final = 262_144
"""A read ends at either limit, so that a reader far behind needs little memory."""
PURGE_TURNS: Final = 20
"""Turns in one transaction of a purge, so that running turns do not wait long for it."""

# One statement checks the order of the frames, repeated frames, and frames after the end: it
# changes the row only if the frames continue the log.
_ADVANCE: Final = (
    update(turn_table)
    .where(
        turn_table.c.id == bindparam("turn"),
        turn_table.c.frame_count == bindparam("first"),
        turn_table.c.sealed_at.is_(None),
    )
    .values(frame_count=bindparam("count"), sealed_at=bindparam("at"))
)
_INSERT: Final = insert(frame_table)
_READ: Final = (
    select(frame_table.c.n, frame_table.c.event, frame_table.c.data)
    .where(frame_table.c.turn_id == bindparam("turn"), frame_table.c.n > bindparam("after"))
    .order_by(frame_table.c.n)
    .limit(READ_FRAMES)
)
_HEAD: Final = select(
    turn_table.c.frame_count,
    turn_table.c.sealed_at,
    exists().where(frame_table.c.turn_id == turn_table.c.id).label("has_frames"),
).where(turn_table.c.id == bindparam("turn"))

_PURGEABLE: Final = (
    select(turn_table.c.id)
    .where(exists().where(frame_table.c.turn_id == turn_table.c.id))
    .limit(PURGE_TURNS)
)


class SqliteLog(EventLog):
    """Stores frames in `relay_frame`; the turn must have its row in `relay_turn`."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._database = database
        self._now = now

    def append(self, transaction: Transaction, turn_id: str, frames: Sequence[Frame]) -> None:
        """Insert frames, and move the end of the log."""
        if not frames or not continues_log(frames, frames[0].n):
            raise FramesRefused(f"turn {turn_id}: these frames do not follow each other")
        advanced = transaction.connection.execute(
            _ADVANCE,
            {
                "turn": turn_id,
                "first": frames[0].n,
                "count": frames[-1].n + 1,
                "at": self._now() if frames[-1].terminal else None,
            },
        )
        if advanced.rowcount != 1:
            raise FramesRefused(f"turn {turn_id}: frame {frames[0].n} does not continue its log")
        transaction.connection.execute(_INSERT, [_row(turn_id, frame) for frame in frames])
        self._notify_at_end(transaction, turn_id, frames)

    async def read(self, turn_id: str, after: int) -> list[Frame]:
        """Read the next frames, up to the limits of a read."""
        return await self._database.read(partial(_read_now, turn_id, after))

    async def head(self, turn_id: str) -> LogHead | None:
        """Read the state of a turn's log."""
        return await self._database.read(partial(_head_now, turn_id))

    async def purge(self, ended_before: datetime) -> int:
        """Delete the frames of turns that ended before, a few turns in each transaction."""
        purged = 0
        while turns := await self._database.write(partial(_purge_now, ended_before)):
            purged += turns
        return purged


def _row(turn_id: str, frame: Frame) -> dict[str, Any]:
    return {
        "turn_id": turn_id,
        "n": frame.n,
        "event": frame.event,
        "data": frame.data.encode(),
        "terminal": frame.terminal,
    }


def _read_now(turn_id: str, after: int, connection: Connection) -> list[Frame]:
    frames: list[Frame] = []
    size = 0
    with connection.execute(_READ, {"turn": turn_id, "after": after}) as rows:
        for n, event, data in rows:
            frames.append(Frame(n, event, data.decode()))
            size += len(data)
            if size >= READ_BYTES:
                break
    return frames


def _head_now(turn_id: str, connection: Connection) -> LogHead | None:
    row = connection.execute(_HEAD, {"turn": turn_id}).one_or_none()
    if row is None:
        return None
    return LogHead(row.frame_count, ended=row.sealed_at is not None, purged=not row.has_frames)


def _purge_now(ended_before: datetime, transaction: Transaction) -> int:
    connection = transaction.connection
    old = _PURGEABLE.where(turn_table.c.sealed_at < ended_before)
    turn_ids = connection.execute(old).scalars().all()
    connection.execute(delete(frame_table).where(frame_table.c.turn_id.in_(turn_ids)))
    return len(turn_ids)
