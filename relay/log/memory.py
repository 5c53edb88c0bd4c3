"""A log in memory, for tests and as the plainest statement of what a log does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streamproof.relay.log.base import EventLog, LogHead, follows
from streamproof.relay.storage.errors import FramesRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from streamproof.relay.storage.transaction import Unit
    from streamproof.relay.turn import Frame


class MemoryLog(EventLog):
    """Keeps frames in lists; `also` gets whatever `connection` was given here."""

    def __init__(self, now: Callable[[], datetime], connection: Any = None) -> None:  # noqa: ANN401 - a test's own
        super().__init__()
        self._now = now
        self._connection = connection
        self._frames: dict[str, list[Frame]] = {}
        self._counts: dict[str, int] = {}
        self._sealed: dict[str, datetime] = {}

    async def append(
        self, turn_id: str, frames: Sequence[Frame], also: Unit[object] | None = None
    ) -> None:
        """Add frames, after `also` succeeded."""
        if also:
            also(self._connection)
        count = self._counts.get(turn_id, 0)
        if turn_id in self._sealed or not follows(frames, count):
            raise FramesRefused(f"turn {turn_id}: these frames do not follow number {count - 1}")
        self._frames.setdefault(turn_id, []).extend(frames)
        self._counts[turn_id] = count + len(frames)
        if frames[-1].terminal:
            self._sealed[turn_id] = self._now()
        self._bells.ring(turn_id, frames)

    async def read(self, turn_id: str, after: int) -> list[Frame]:
        """Return all that comes after."""
        return self._frames.get(turn_id, [])[after + 1 :]

    async def head(self, turn_id: str) -> LogHead | None:
        """Return how far the log is."""
        if turn_id not in self._counts:
            return None
        return LogHead(
            self._counts[turn_id], turn_id in self._sealed, purged=turn_id not in self._frames
        )

    async def purge(self, sealed_before: datetime) -> int:
        """Forget the frames, not that there were some."""
        old = [t for t, at in self._sealed.items() if at < sealed_before and t in self._frames]
        for turn_id in old:
            del self._frames[turn_id]
        return len(old)
