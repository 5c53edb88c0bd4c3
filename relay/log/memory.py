"""A log in memory: the shortest complete example of an `EventLog`, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamproof.relay.log.base import EventLog, LogHead, continues_log
from streamproof.relay.storage.errors import FramesRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from streamproof.relay.frames import Frame, FrameBatch
    from streamproof.relay.log.flusher import Errors
    from streamproof.relay.storage.transaction import Transaction


class MemoryLog(EventLog):
    """Stores frames in lists. Of a transaction it needs only the end, not the connection."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now = now
        self._frames: dict[str, list[Frame]] = {}
        self._counts: dict[str, int] = {}
        self._ended_at: dict[str, datetime] = {}

    def append(self, transaction: Transaction, turn_id: str, frames: Sequence[Frame]) -> None:
        """Add frames; remove them again if the transaction fails."""
        count = self._add(turn_id, frames)

        def undo(committed: bool) -> None:  # noqa: FBT001 - the signature of the callback
            if not committed:
                del self._frames[turn_id][count:]
                self._counts[turn_id] = min(count, self._counts[turn_id])
                self._ended_at.pop(turn_id, None)

        transaction.on_end(undo)
        self._committed_at_end(transaction, turn_id, frames)

    def _commit_now(self, batches: Sequence[FrameBatch]) -> bool:
        if not self._all_continue(batches):
            return False
        for batch in batches:
            self._add(batch.turn_id, batch.frames)
        return True

    async def _commit_later(self, batches: Sequence[FrameBatch]) -> Errors:
        errors: dict[str, BaseException] = {}
        for batch in batches:
            try:
                self._add(batch.turn_id, batch.frames)
            except FramesRefused as error:
                errors[batch.turn_id] = error
            else:
                self._committed(batch)
        return errors

    def _add(self, turn_id: str, frames: Sequence[Frame]) -> int:
        """Add frames to the end of a log; return the number of frames before them."""
        count = self._counts.get(turn_id, 0)
        if turn_id in self._ended_at or not continues_log(frames, count):
            raise FramesRefused(f"turn {turn_id}: these frames do not continue its {count} frames")
        self._frames.setdefault(turn_id, []).extend(frames)
        self._counts[turn_id] = count + len(frames)
        if frames[-1].terminal:
            self._ended_at[turn_id] = self._now()
        return count

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
