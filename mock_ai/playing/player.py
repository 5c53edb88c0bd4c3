"""The player: makes the writes of one reply, each at its own deadline, by the write scheduler.

Nothing is awaited between two writes. The driver awaits only a full connection, a `Hold` and the
end of the reply. Deadlines are absolute, so lateness does not add up.
"""

from __future__ import annotations

import asyncio
from math import inf
from typing import TYPE_CHECKING, Final, Protocol

from streamproof.mock_ai.actions import Hold
from streamproof.mock_ai.http1.writer import BLOCK_BYTES, ScheduledWrite
from streamproof.mock_ai.planning.insertion_point import PushedWrite

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from streamproof.mock_ai.clock import Timer
    from streamproof.mock_ai.http1.writer import WireAction
    from streamproof.mock_ai.journal.journal import JournalEntry
    from streamproof.mock_ai.playing.holding import Holds
    from streamproof.mock_ai.playing.write_scheduler import WriteScheduler

# A stream that is this late no longer keeps its delays: everything that is due leaves in one write.
# Smaller writes would not let it catch up, because the cost of a write hardly depends on its size.
CATCH_UP_MS: Final = 100


class Sink(Protocol):
    """The destination of a player's bytes; a `Wire`, or a test double."""

    @property
    def full(self) -> bool:
        """Whether bytes were still buffered after the last write or drain."""

    def write(self, data: bytes) -> None:
        """Take bytes in one write; raise `ConnectionError` if the client left."""

    async def drain(self) -> None:
        """Wait until no bytes are buffered; raise `ConnectionError` if the client left."""


class Player:
    """Makes the writes of one reply; the speed of its journal entry divides every delay."""

    __slots__ = (
        "_actions",
        "_anchor_ms",
        "_begin_ms",
        "_clock",
        "_due_ms",
        "_entry",
        "_holds",
        "_next",
        "_paused_ms",
        "_scale",
        "_scheduler",
        "_stop",
        "_taken",
        "_timer",
        "sink",
        "slot",
    )

    def __init__(
        self,
        entry: JournalEntry,
        sink: Sink,
        scheduler: WriteScheduler,
        begin_ms: float,
        holds: Holds,
    ) -> None:
        self.sink = sink
        self.slot = 0
        """Number of the scheduler's slot that the player last joined."""
        self._entry = entry
        self._holds = holds
        self._actions = tuple(entry.actions)
        self._scheduler = scheduler
        self._clock = scheduler.clock
        self._begin_ms = self._anchor_ms = begin_ms
        self._scale = 1 / entry.speed if entry.speed else 0.0
        self._next = 0
        self._due_ms = inf
        self._go_to(0)
        self._taken = 0
        self._paused_ms: float | None = None
        self._timer: Timer | None = None
        self._stop: asyncio.Future[None] | None = None

    @property
    def paused(self) -> bool:
        """Whether the reply waits to be resumed."""
        return self._paused_ms is not None

    def play(self, ends_at_ms: float) -> Awaitable[None] | None:
        """Write as far as possible, and return what to await before the next call.

        Returns None when everything is written and the end is due. The method and the awaitable
        raise `ConnectionError` if the client left.
        """
        while not self.sink.full:
            if self._paused_ms is not None:
                return self._stopped()
            if self._next == len(self._actions):
                return self._end_of(ends_at_ms)
            action = self._actions[self._next]
            if isinstance(action, Hold):
                return self._hold(action)
            now_ms = self._clock.now_ms()
            if self._due_ms <= now_ms:
                self.sink.write(self.take(now_ms))
                if self.wrote(now_ms) is None:
                    continue
            self._scheduler.join(self, self._due_ms)
            return self._stopped()
        return self.sink.drain()

    def take(self, now_ms: float) -> bytes:
        """Return the bytes of the due write; if it is late, also of later writes that are due.

        Only writes with a delay between them are joined.
        """
        due_ms = self._due_ms
        data = self._step()
        self._taken = 1
        if now_ms - due_ms < CATCH_UP_MS or not due_ms < self._due_ms <= now_ms:
            return data
        block = bytearray(data)
        while due_ms < self._due_ms <= now_ms and len(block) < BLOCK_BYTES:
            due_ms = self._due_ms
            block += self._step()
            self._taken += 1
        return bytes(block)

    def wrote(self, at_ms: float) -> float | None:
        """Note the time of the write, and return the time of the next one.

        Returns None if `play` must run before the next write.
        """
        self._entry.wrote(at_ms - self._begin_ms, self._taken)
        if self._due_ms < inf and not self.sink.full:
            return self._due_ms
        self._wake()
        return None

    def fail(self, error: Exception) -> None:
        """End the reply with an error."""
        if self._stop is not None and not self._stop.done():
            self._stop.set_exception(error)

    def stop(self) -> None:
        """Cancel the deadlines of all writes and of the end."""
        self._scheduler.forget(self)
        if self._timer is not None:
            self._timer.cancel()

    def _end_of(self, ends_at_ms: float) -> asyncio.Future[None] | None:
        end_ms = self._due(ends_at_ms)
        if end_ms <= self._clock.now_ms():
            return None
        self._timer = self._clock.call_at(end_ms, self._wake)
        return self._stopped()

    def pause(self) -> None:
        """Stop the writes of the script until it is resumed."""
        if not self.paused:
            self._paused_ms = self._clock.now_ms()
            self._wake()

    def resume(self) -> None:
        """Continue, with the rest of the delay that the pause interrupted."""
        if self._paused_ms is not None:
            self._move(self._anchor_ms + self._clock.now_ms() - self._paused_ms)
            self._go_to(self._next)
            self._paused_ms = None
            self._wake()

    def step(self) -> bool:
        """Make the next write now, and keep the delays after it; return false if there is none."""
        if self._due_ms == inf:
            return False
        now_ms = self._clock.now_ms()
        self._move(self._anchor_ms - (self._due_ms - now_ms))
        if self.paused:
            self._paused_ms = now_ms
        self._write_now(self._step(), now_ms)
        return True

    @property
    def position(self) -> int:
        """Number of the script's actions that are done."""
        return self._next

    def push(self, data: bytes, place: int) -> None:
        """Insert a write before the action `place`.

        It is made now, or directly after the write before it.
        """
        last = self._actions[place - 1]
        if place > self._next and isinstance(last, ScheduledWrite):
            self._insert(PushedWrite(last.at_ms, data), place)
            return
        now_ms = self._clock.now_ms()
        at_ms = (now_ms - self._anchor_ms) / self._scale if self._scale else 0.0
        self._insert(PushedWrite(at_ms, data), place)
        self._next += 1
        self._write_now(data, now_ms)

    def _write_now(self, data: bytes, now_ms: float) -> None:
        """Write immediately, without the scheduler."""
        self.stop()
        try:
            self.sink.write(data)
        except ConnectionError as error:
            self.fail(error)
            raise
        self._entry.wrote(now_ms - self._begin_ms)
        self._wake()

    def _insert(self, action: WireAction, place: int) -> None:
        self._actions = self._entry.actions = (
            *self._actions[:place],
            action,
            *self._actions[place:],
        )

    def _stopped(self) -> asyncio.Future[None]:
        """Return a future that is done when `play` must run again."""
        self._stop = asyncio.get_running_loop().create_future()
        return self._stop

    def _wake(self) -> None:
        self.stop()
        if self._stop is not None and not self._stop.done():
            self._stop.set_result(None)

    async def _hold(self, hold: Hold) -> None:
        """Wait until the hold ends; later times count from then."""
        await self._holds.hold(self._entry, hold.until)
        now_ms = self._clock.now_ms()
        self._move(now_ms)
        if self.paused:
            self._paused_ms = now_ms
        self._go_to(self._next + 1)

    def _move(self, anchor_ms: float) -> None:
        self._anchor_ms = anchor_ms
        self._entry.anchored(anchor_ms - self._begin_ms)

    def _step(self) -> bytes:
        """Go to the next action, and return the bytes of this one, which is a write."""
        data: bytes = self._actions[self._next].data  # type: ignore[union-attr]  # only a write is ever due
        self._go_to(self._next + 1)
        return data

    def _go_to(self, number: int) -> None:
        """Set the next action; a `Hold` and the end have no deadline here."""
        actions = self._actions
        self._next = number
        if number < len(actions) and isinstance(action := actions[number], ScheduledWrite):
            self._due_ms = self._anchor_ms + action.at_ms * self._scale
        else:
            self._due_ms = inf

    def _due(self, at_ms: float) -> float:
        return self._anchor_ms + at_ms * self._scale
