"""The log of a turn's frames: append at the end, read from any place, follow to the last frame.

A frame can be read from the commit of its transaction until it is purged.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamproof.relay.log.notifier import Notifier

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from datetime import datetime

    from streamproof.relay.frames import Frame
    from streamproof.relay.log.notifier import Subscription
    from streamproof.relay.storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class LogHead:
    """The state of a turn's log.

    `count` is the number of frames that were appended. `ended`: the last one is terminal.
    `purged`: the frames are deleted.
    """

    count: int
    ended: bool
    purged: bool

    def is_complete_after(self, n: int) -> bool:
        """Tell whether no frame will ever follow frame `n`."""
        return self.ended and n >= self.count - 1


class EventLog(ABC):
    """The frames of all turns; a subclass decides where they are stored."""

    def __init__(self) -> None:
        self._notifier = Notifier()

    @abstractmethod
    def append(self, transaction: Transaction, turn_id: str, frames: Sequence[Frame]) -> None:
        """Add frames to the end of a turn's log, as a part of a transaction.

        The readers of the turn are woken at the end of the transaction. Raises `FramesRefused`
        for frames that do not continue the log.
        """

    @abstractmethod
    async def read(self, turn_id: str, after: int) -> list[Frame]:
        """Return the next frames after number `after`, in a bounded list; -1 for the first."""

    @abstractmethod
    async def head(self, turn_id: str) -> LogHead | None:
        """Return the state of a turn's log, or None if the turn has no log."""

    @abstractmethod
    async def purge(self, ended_before: datetime) -> int:
        """Delete the frames of turns that ended before a moment; return the number of turns."""

    async def follow(
        self, turn_id: str, after: int, silence_seconds: float
    ) -> AsyncGenerator[list[Frame]]:
        """Yield the frames after number `after` as they are committed, to the terminal one.

        Yields an empty list after each `silence_seconds` without a frame. Ends early if the log
        does not exist any more: it was purged, or deleted with its room.
        """
        with self._notifier.subscribe(turn_id) as subscription:
            while True:
                frames = await self._next(subscription, turn_id, after)
                if frames:
                    yield frames
                    after = frames[-1].n
                    if frames[-1].terminal:
                        return
                elif not await subscription.wait(silence_seconds):
                    subscription.drop()  # read the log: a notification may have been lost
                    if await self._is_over(turn_id, after):
                        return
                    yield []

    def _notify_at_end(
        self, transaction: Transaction, turn_id: str, frames: Sequence[Frame]
    ) -> None:
        """Wake the readers of a turn at the end of a transaction.

        They get the frames after a commit. Otherwise the log decides: a commit whose result is
        unknown may have succeeded.
        """

        def notify(committed: bool) -> None:  # noqa: FBT001 - the signature of the callback
            self._notifier.notify(turn_id, frames if committed else ())

        transaction.on_end(notify)

    async def _next(self, subscription: Subscription, turn_id: str, after: int) -> list[Frame]:
        """Return the next frames: from the subscription if it has them, else from the log."""
        pending = subscription.take()  # before the read: what is committed later notifies again
        if pending is not None and (not pending or pending[0].n <= after + 1):
            return [frame for frame in pending if frame.n > after]
        frames = await self.read(turn_id, after)
        if frames:
            subscription.drop()  # the log may have more
        return frames

    async def _is_over(self, turn_id: str, after: int) -> bool:
        head = await self.head(turn_id)
        return head is None or head.purged or head.is_complete_after(after)


def continues_log(frames: Sequence[Frame], count: int) -> bool:
    """Tell whether frames continue a log of `count` frames.

    There must be no gap, and only the last frame can be terminal.
    """
    in_order = all(frame.n == n for n, frame in enumerate(frames, start=count))
    return bool(frames) and in_order and not any(frame.terminal for frame in frames[:-1])
