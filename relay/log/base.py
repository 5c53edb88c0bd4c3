"""The log of a turn's frames: append at the end, read from anywhere, follow until the last.

A frame can be read once its append has returned, and then for ever until it is purged.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamproof.relay.log.notifier import Notifier

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from datetime import datetime

    from streamproof.relay.log.notifier import Subscription
    from streamproof.relay.storage.transaction import Unit
    from streamproof.relay.turn import Frame


@dataclass(frozen=True, slots=True)
class LogHead:
    """How far a turn's log is: frames so far, whether the last is terminal, if all are gone."""

    count: int
    sealed: bool
    purged: bool

    def is_all_seen(self, after: int) -> bool:
        """Tell whether nothing will ever come after that frame."""
        return self.sealed and after >= self.count - 1


class EventLog(ABC):
    """The frames of all turns; an implementation adds where they are kept."""

    def __init__(self) -> None:
        self._bells = Notifier()

    @abstractmethod
    async def append(
        self, turn_id: str, frames: Sequence[Frame], also: Unit[object] | None = None
    ) -> None:
        """Add frames to the end of a turn's log, all or none; durable when this returns.

        `also` runs first, in the same transaction: both are kept or neither is. Raises
        `FramesRefused` for frames that do not follow the log, and what `also` raises.
        """

    @abstractmethod
    async def read(self, turn_id: str, after: int) -> list[Frame]:
        """Return the next frames after number `after`, a bounded lot; -1 for the first ones."""

    @abstractmethod
    async def head(self, turn_id: str) -> LogHead | None:
        """Return how far the log is, or None for a turn without one."""

    @abstractmethod
    async def purge(self, sealed_before: datetime) -> int:
        """Forget the frames of turns that ended before a moment; returns of how many turns."""

    async def follow(
        self, turn_id: str, after: int, silence_seconds: float
    ) -> AsyncGenerator[list[Frame]]:
        """Yield the frames after number `after` as they are appended, until the terminal one.

        An empty list says that nothing came for `silence_seconds`. Ends early where the log is
        gone: purged, or deleted with its room.
        """
        with self._bells.listen(turn_id) as bell:
            while True:
                frames = await self._next(bell, turn_id, after)
                if frames:
                    yield frames
                    after = frames[-1].n
                    if frames[-1].terminal:
                        return
                elif not await bell.rings(silence_seconds):
                    bell.miss()  # so that even a ring that was lost only costs time
                    if await self._is_over(turn_id, after):
                        return
                    yield []

    async def _next(self, bell: Subscription, turn_id: str, after: int) -> list[Frame]:
        """Return what comes next: as heard, else as read."""
        heard = bell.take()  # before the read: what is appended during it rings again
        if heard is not None and (not heard or heard[0].n <= after + 1):
            return [frame for frame in heard if frame.n > after]
        frames = await self.read(turn_id, after)
        if frames:
            bell.miss()  # there may be more to read
        return frames

    async def _is_over(self, turn_id: str, after: int) -> bool:
        head = await self.head(turn_id)
        return head is None or head.purged or head.is_all_seen(after)


def follows(frames: Sequence[Frame], count: int) -> bool:
    """Tell whether frames continue a log of `count`: no hole, and only the last is terminal."""
    in_order = all(frame.n == n for n, frame in enumerate(frames, start=count))
    return bool(frames) and in_order and not any(frame.terminal for frame in frames[:-1])
