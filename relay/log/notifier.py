"""Brings committed frames to the readers of their turn.

A reader that is up to date gets the frames at once, in the callback of the commit: its `show`
writes them, and no task wakes up. A reader that cannot take them, or that is behind, wakes up and
reads the log from its own place. So nothing waits for a reader in memory.

If a turn has many readers, they get its frames in small steps, and the other turns go on between.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from streamproof.relay.fair_queue import FairQueue
from streamproof.relay.frames import FrameBatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Show: TypeAlias = "Callable[[FrameBatch], bool]"

READERS_OF_A_STEP: Final = 64
"""Readers of a turn that get frames in one step."""


def show_nothing(_committed: FrameBatch) -> bool:
    """Refuse all frames: the `show` of a reader that wakes up for each commit."""
    return False


class Subscription:
    """One reader of one turn; `after` is the number of the last frame that it has."""

    __slots__ = (
        "_error",
        "_loop",
        "_missed",
        "_show",
        "_silent_since",
        "_timer",
        "_wakeup",
        "after",
        "over",
    )

    def __init__(self, after: int, show: Show) -> None:
        self.after = after
        self.over = False
        """Whether the reader has the terminal frame."""
        self._show = show
        self._loop = asyncio.get_running_loop()
        self._missed = False
        self._error: Exception | None = None
        self._wakeup: asyncio.Future[bool] | None = None
        """Not None: the reader is up to date, and waits."""
        self._silent_since = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def notify(self, committed: FrameBatch) -> None:
        """Show committed frames, or wake the reader. No frames: which ones is not known."""
        try:
            if (
                self._wakeup is not None
                and not self._missed
                and committed.first == self.after + 1
                and self._show(committed)
            ):
                self.has(committed)
                self._silent_since = self._loop.time()
                if not self.over:
                    return
        except Exception as error:  # noqa: BLE001 - this reader gets it, and no other one
            self._error = error
        self._missed = True
        if self._wakeup is not None and not self._wakeup.done():
            self._wakeup.set_result(True)

    def has(self, batch: FrameBatch) -> None:
        """Note that the reader has these frames."""
        self.after = batch.last
        self.over = batch.is_end

    def look(self) -> None:
        """Note that the reader looks for new frames now."""
        self._missed = False

    async def wait(self, seconds: float) -> bool:
        """Wait until the reader must look for frames; return False after `seconds` of silence.

        Raises what `show` raised: the reader may have shown a part of the frames.
        """
        if self._missed:
            return True
        self._silent_since = self._loop.time()
        self._wakeup = self._loop.create_future()
        self._watch(seconds)
        try:
            is_woken = await self._wakeup
        finally:
            self._wakeup = None
            if self._timer is not None:
                self._timer.cancel()
        if self._error is not None:
            raise self._error
        return is_woken

    def _watch(self, seconds: float) -> None:
        """End the wait after `seconds` of silence; frames that are shown meanwhile end a silence.

        A timer for each frame would cost more than one that looks again.
        """
        if self._wakeup is None or self._wakeup.done():
            return
        until = self._silent_since + seconds
        if until <= self._loop.time():
            self._wakeup.set_result(False)
        else:
            self._timer = self._loop.call_at(until, self._watch, seconds)


class Notifier:
    """The subscriptions of all turns."""

    def __init__(self) -> None:
        self._subscriptions: dict[str, set[Subscription]] = {}
        self._queue = FairQueue()
        self._notified: dict[str, bool] = {}
        """The turns whose readers get frames in steps now; True: there are more frames already."""

    @contextmanager
    def subscribe(self, turn_id: str, after: int, show: Show) -> Iterator[Subscription]:
        """Give a subscription to a turn that lasts as long as the block."""
        subscription = Subscription(after, show)
        self._subscriptions.setdefault(turn_id, set()).add(subscription)
        try:
            yield subscription
        finally:
            subscriptions = self._subscriptions[turn_id]
            subscriptions.discard(subscription)
            if not subscriptions:
                del self._subscriptions[turn_id]

    def turn_ids(self) -> set[str]:
        """Return the turns that have readers."""
        return set(self._subscriptions)

    def wake(self, turn_id: str) -> None:
        """Let the readers of a turn look for frames: which ones were committed is not known."""
        self.notify(FrameBatch(turn_id, ()))

    def notify(self, committed: FrameBatch) -> None:
        """Bring committed frames to every reader of their turn."""
        turn_id = committed.turn_id
        readers = self._subscriptions.get(turn_id, ())
        if len(readers) <= READERS_OF_A_STEP:
            for reader in readers:
                reader.notify(committed)
        elif turn_id in self._notified:
            self._notified[turn_id] = True  # at the end of the steps, all look into the log
        else:
            self._notified[turn_id] = False
            self._queue.run(partial(self._notify_some, committed, list(readers)))

    def _notify_some(self, committed: FrameBatch, readers: list[Subscription]) -> bool:
        """Bring frames to the last readers of a list; return whether some are left."""
        for reader in readers[-READERS_OF_A_STEP:]:
            reader.notify(committed)
        del readers[-READERS_OF_A_STEP:]
        if not readers and self._notified.pop(committed.turn_id):
            self.wake(committed.turn_id)
        return bool(readers)
