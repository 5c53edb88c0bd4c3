"""A log in the tables of a database, so that the last frame and the answer are one commit.

What differs between the databases is in the subclasses: how frames are inserted, and how posted
frames are committed.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sqlalchemy import bindparam, case, delete, exists, func, select, update

from streamproof.contracts.sse import NO_LIMIT, Decoder
from streamproof.relay.frames import Frame, FrameBatch
from streamproof.relay.log.base import EventLog, LogHead, continues_log
from streamproof.relay.storage.errors import FramesRefused
from streamproof.relay.storage.leases import FIRST_EPOCH
from streamproof.relay.storage.tables import frame as frame_table
from streamproof.relay.storage.tables import turn as turn_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from streamproof.relay.log.flusher import Errors
    from streamproof.relay.log.pace import CommitPace
    from streamproof.relay.storage.transaction import Database, Transaction

Row: TypeAlias = "tuple[Any, ...]"
"""The values of a row of `relay_frame`, in the order of its columns."""

SEVERAL: Final = ""
"""The event of a row with several frames: its data is their bytes on the wire, and its `n` is the
number of the last one. No frame has an empty event name."""
READ_ROWS: Final = 500
READ_BYTES: Final = 262_144
"""A read ends at either limit, so that a reader far behind needs little memory."""
PURGE_TURNS: Final = 20
"""Turns in one transaction of a purge, so that running turns do not wait long for it."""
PURGE_BYTES: Final = 4_194_304
"""Bytes of frames in one transaction, for the same reason; a turn with more is alone in its own."""

_COUNT: Final = (
    select(func.coalesce(func.max(frame_table.c.n), -1) + 1)
    .where(frame_table.c.turn_id == turn_table.c.id)
    .scalar_subquery()
)
# A turn that has ended has its number of frames in its row, also after a purge.
_HEAD: Final = select(
    case((turn_table.c.sealed_at.is_(None), _COUNT), else_=turn_table.c.frame_count).label(
        "frames"
    ),
    turn_table.c.sealed_at,
    exists().where(frame_table.c.turn_id == turn_table.c.id).label("has_frames"),
).where(turn_table.c.id == bindparam("turn"))
_SEAL: Final = (
    update(turn_table)
    .where(turn_table.c.id == bindparam("turn"))
    .values(frame_count=bindparam("count"), sealed_at=bindparam("at"))
)
_READ: Final = (
    select(frame_table.c.n, frame_table.c.event, frame_table.c.data)
    .where(frame_table.c.turn_id == bindparam("turn"), frame_table.c.n > bindparam("after"))
    .order_by(frame_table.c.n)
    .limit(READ_ROWS)
)
_FIRST_HELD: Final = select(func.min(frame_table.c.turn_id).label("id")).cte("held", recursive=True)
_HELD: Final = _FIRST_HELD.union_all(
    select(
        select(func.min(frame_table.c.turn_id))
        .where(frame_table.c.turn_id > _FIRST_HELD.c.id)
        .scalar_subquery()
    ).where(_FIRST_HELD.c.id.is_not(None))
)
"""The turns that have frames, each by one step in the index, whatever their number of frames."""
_BYTES: Final = (
    select(func.sum(func.length(frame_table.c.data)))
    .where(frame_table.c.turn_id == turn_table.c.id)
    .scalar_subquery()
)
_PURGEABLE: Final = (
    select(turn_table.c.id, _BYTES)
    .select_from(_HELD.join(turn_table, turn_table.c.id == _HELD.c.id))
    .where(turn_table.c.sealed_at < bindparam("ended_before", type_=turn_table.c.sealed_at.type))
)


class StoredLog(EventLog):
    """Stores frames in `relay_frame`; the turn must have its row in `relay_turn`."""

    def __init__(
        self, database: Database, now: Callable[[], datetime], pace: CommitPace | None = None
    ) -> None:
        super().__init__(pace)
        self._database = database
        self._now = now

    def append(
        self,
        transaction: Transaction,
        turn_id: str,
        frames: Sequence[Frame],
        epoch: int = FIRST_EPOCH,
    ) -> None:
        """Insert frames; after the terminal one, the row of the turn has their number."""
        self._append(transaction, FrameBatch(turn_id, frames), epoch)

    def _append(self, transaction: Transaction, batch: FrameBatch, epoch: int) -> None:
        turn_id, frames = batch.turn_id, batch.frames
        self._prepare_append(transaction, turn_id, epoch)
        head = head_now(turn_id, transaction.connection)
        if head is None or head.ended or not continues_log(frames, head.count):
            raise FramesRefused(f"turn {turn_id}: these frames do not continue its log")
        self._insert(transaction, _rows_of(batch))
        if batch.is_end:
            seal = {"turn": turn_id, "count": batch.last + 1, "at": self._now()}
            transaction.connection.execute(_SEAL, seal)
        self._committed_at_end(transaction, batch)

    @abstractmethod
    def _prepare_append(self, transaction: Transaction, turn_id: str, epoch: int) -> None:
        """Lock the turn against other relays, or complete its log in `relay_frame`.

        Raises `FramesRefused` if the turn has another epoch.
        """

    @abstractmethod
    def _insert(self, transaction: Transaction, rows: list[Row]) -> None:
        """Insert rows of `relay_frame`."""

    async def _append_each(self, batches: Sequence[FrameBatch]) -> Errors:
        """Append the frames of each turn in a transaction of its own."""
        appends = (
            self._database.write(
                partial(self._append_batch, batch),
                size=len(batch.wire) + self.waiting_bytes(batch.turn_id),
            )
            for batch in batches
        )
        results = await asyncio.gather(*appends, return_exceptions=True)
        return {
            batch.turn_id: result
            for batch, result in zip(batches, results, strict=True)
            if isinstance(result, BaseException)
        }

    def _append_batch(self, batch: FrameBatch, transaction: Transaction) -> None:
        self._append(transaction, batch, FIRST_EPOCH)

    async def read(self, turn_id: str, after: int) -> list[Frame]:
        """Read the next frames, up to the limits of a read."""
        return await self._database.read(partial(read_now, turn_id, after))

    async def head(self, turn_id: str) -> LogHead | None:
        """Read the state of a turn's log."""
        return await self._database.read(partial(head_now, turn_id))

    async def purge(self, ended_before: datetime) -> int:
        """Delete the frames of turns that ended before, a few turns in each transaction.

        The turns are found before, so that no other write waits for the search.
        """
        sizes = await self._database.read(partial(_purgeable, ended_before))
        for turn_ids in _deletions(sizes):
            size = sum(sizes[turn_id] for turn_id in turn_ids)
            await self._database.write(partial(self._delete, turn_ids=turn_ids), size=size)
        return len(sizes)

    def _delete(self, transaction: Transaction, turn_ids: Sequence[str]) -> None:
        """Delete the frames of turns that have ended."""
        of_turns = delete(frame_table).where(frame_table.c.turn_id.in_(turn_ids))
        transaction.connection.execute(of_turns)


def _frame_row(turn_id: str, frame: Frame) -> Row:
    return turn_id, frame.n, frame.event, frame.data.encode(), frame.terminal


def _rows_of(batch: FrameBatch) -> list[Row]:
    if batch.frames[0].event is None:  # several frames in one row cannot show that
        return [_frame_row(batch.turn_id, frame) for frame in batch.frames]
    return [row_of(batch)]


def row_of(batch: FrameBatch) -> Row:
    """Return one row for all frames of a batch, or for its only frame."""
    if len(batch.frames) == 1:
        return _frame_row(batch.turn_id, batch.frames[0])
    return batch.turn_id, batch.last, SEVERAL, batch.wire, batch.is_end


def frames_of(n: int, event: str | None, data: bytes) -> list[Frame]:
    """Return the frames of a row."""
    if event != SEVERAL:
        return [Frame(n, event, data.decode())]
    events = Decoder(max_event_bytes=NO_LIMIT, max_line_bytes=NO_LIMIT).feed(data)
    first = n + 1 - len(events)
    return [Frame(first + i, e.event, e.data) for i, e in enumerate(events)]


def read_now(turn_id: str, after: int, connection: Connection) -> list[Frame]:
    """Return the next frames of a turn, up to the limits of a read."""
    frames: list[Frame] = []
    size = 0
    with connection.execute(_READ, {"turn": turn_id, "after": after}) as rows:
        for n, event, data in rows:
            frames += [frame for frame in frames_of(n, event, data) if frame.n > after]
            size += len(data)
            if size >= READ_BYTES:
                break
    return frames


def head_now(turn_id: str, connection: Connection) -> LogHead | None:
    """Return the state of a turn's log."""
    row = connection.execute(_HEAD, {"turn": turn_id}).one_or_none()
    if row is None:
        return None
    return LogHead(row.frames, ended=row.sealed_at is not None, purged=not row.has_frames)


def _purgeable(ended_before: datetime, connection: Connection) -> dict[str, int]:
    """Return the bytes of the frames of each turn that ended before."""
    rows = connection.execute(_PURGEABLE, {"ended_before": ended_before})
    return {turn_id: int(size) for turn_id, size in rows}


def _deletions(sizes: Mapping[str, int]) -> Iterator[list[str]]:
    """Yield the turns of each transaction of a purge."""
    turn_ids: list[str] = []
    left = PURGE_BYTES
    for turn_id, size in sizes.items():
        if turn_ids and (size > left or len(turn_ids) == PURGE_TURNS):
            yield turn_ids
            turn_ids, left = [], PURGE_BYTES
        turn_ids.append(turn_id)
        left -= size
    if turn_ids:
        yield turn_ids
