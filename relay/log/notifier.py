"""Wakes the readers of a turn after each commit.

A notification carries the committed frames, so a reader that keeps up needs no query. If too many
frames wait for a reader, they are dropped, and the reader reads the log instead. So the memory
for each reader is bounded.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamproof.relay.frames import Frame

MAX_PENDING_CHARACTERS: Final = 262_144
"""What can wait for one reader; a frame counts for at least `FRAME_CHARACTERS`."""
FRAME_CHARACTERS: Final = 200


class Subscription:
    """The notifications of one turn for one reader."""

    def __init__(self) -> None:
        self._notified = asyncio.Event()
        self._pending: list[Frame] | None = None
        """None: the reader must read the log."""
        self._characters = 0

    def notify(self, frames: Sequence[Frame]) -> None:
        """Wake the reader: these frames were committed. No frames: which ones is not known."""
        if self._pending is not None:
            self._pending += frames
            self._characters += sum(FRAME_CHARACTERS + len(frame.data) for frame in frames)
            if not frames or self._characters > MAX_PENDING_CHARACTERS:
                self._pending = None
        self._notified.set()

    def take(self) -> list[Frame] | None:
        """Return the frames since the last call; None if the log must be read instead."""
        pending, self._pending, self._characters = self._pending, [], 0
        self._notified.clear()
        return pending

    def drop(self) -> None:
        """Drop the waiting frames, so that the next `take` returns None."""
        self._pending = None

    async def wait(self, seconds: float) -> bool:
        """Wait for a notification since the last `take`; return False after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                return await self._notified.wait()
        except TimeoutError:
            return False


class Notifier:
    """The subscriptions of all turns."""

    def __init__(self) -> None:
        self._subscriptions: dict[str, set[Subscription]] = {}

    @contextmanager
    def subscribe(self, turn_id: str) -> Iterator[Subscription]:
        """Give a subscription to a turn that lasts as long as the block."""
        subscription = Subscription()
        self._subscriptions.setdefault(turn_id, set()).add(subscription)
        try:
            yield subscription
        finally:
            subscriptions = self._subscriptions[turn_id]
            subscriptions.discard(subscription)
            if not subscriptions:
                del self._subscriptions[turn_id]

    def notify(self, turn_id: str, frames: Sequence[Frame] = ()) -> None:
        """Wake every reader of a turn."""
        for subscription in self._subscriptions.get(turn_id, ()):
            subscription.notify(frames)
