"""A log in memory: the shortest complete example of an `EventLog`, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamproof.relay.frames import FrameBatch
from streamproof.relay.log.base import EventLog, LogHead, continues_log
from streamproof.relay.storage.errors import FramesRefused
from streamproof.relay.storage.leases import FIRST_EPOCH

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from streamproof.relay.frames import Frame
    from streamproof.relay.log.flusher import Errors
    from streamproof.relay.storage.transaction import Transaction


class MemoryLog(EventLog):
    """Stores frames in lists. Of a transaction it needs only the end, not the connection.

    A turn's next transaction begins after the end of the last one, as in a database.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now = now
        self._frames: dict[str, list[Frame]] = {}
        self._counts: dict[str, int] = {}
        self._ended_at: dict[str, datetime] = {}
        self._pending: dict[tuple[Transaction, str], list[Frame]] = {}
        """The frames that wait for the end of their transaction, for each turn."""

    def append(
        self,
        transaction: Transaction,
        turn_id: str,
        frames: Sequence[Frame],
        epoch: int = FIRST_EPOCH,  # noqa: ARG002 - one process has this log
    ) -> None:
        """Keep frames until the commit, and add them then."""
        key = transaction, turn_id
        pending = self._pending.get(key, [])
        self._check(turn_id, frames, pending)
        self._pending[key] = [*pending, *frames]

        def on_end(committed: bool) -> None:  # noqa: FBT001 - the signature of the callback
            kept = self._pending.pop(key, [])
            if committed and kept:
                self._add(turn_id, kept)

        transaction.on_end(on_end)
        self._committed_at_end(transaction, FrameBatch(turn_id, frames))

    def _commit_now(self, batches: Sequence[FrameBatch]) -> bool:
        if not self._all_continue(batches):
            return False
        for batch in batches:
            self._add(batch.turn_id, batch.frames)
            self._committed(batch)
        return True

    async def _commit_later(self, batches: Sequence[FrameBatch]) -> Errors:
        errors: dict[str, BaseException] = {}
        for batch in batches:
            try:
                self._check(batch.turn_id, batch.frames)
                self._add(batch.turn_id, batch.frames)
            except FramesRefused as error:
                errors[batch.turn_id] = error
            else:
                self._committed(batch)
        return errors

    def _check(self, turn_id: str, frames: Sequence[Frame], pending: Sequence[Frame] = ()) -> None:
        """Raise `FramesRefused` unless frames continue a log, after those that are pending."""
        count = self._counts.get(turn_id, 0) + len(pending)
        has_ended = turn_id in self._ended_at or (pending and pending[-1].terminal)
        if has_ended or not continues_log(frames, count):
            raise FramesRefused(f"turn {turn_id}: these frames do not continue its {count} frames")

    def _add(self, turn_id: str, frames: Sequence[Frame]) -> None:
        """Add frames to the end of a log, which they continue."""
        self._frames.setdefault(turn_id, []).extend(frames)
        self._counts[turn_id] = self._counts.get(turn_id, 0) + len(frames)
        if frames[-1].terminal:
            self._ended_at[turn_id] = self._now()

    async def read(self, turn_id: str, after: int) -> list[Frame]:
        """Return all frames after number `after`."""
        return self._frames.get(turn_id, [])[after + 1 :]

    async def head(self, turn_id: str) -> LogHead | None:
        """Return the state of a turn's log."""
        if not self._counts.get(turn_id):
            return None
        return LogHead(
            self._counts[turn_id], turn_id in self._ended_at, purged=turn_id not in self._frames
        )

    async def purge(self, ended_before: datetime) -> int:
        """Delete the frames, but keep their number."""
        old = [t for t, at in self._ended_at.items() if at < ended_before and t in self._frames]
        for turn_id in old:
            del self._frames[turn_id]
        return len(old)
