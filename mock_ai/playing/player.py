"""The player: writes the cues of one reply, each at its own deadline, when the wheel lets it.

Nothing is awaited between two writes; only a full connection, a `Hold` and the end are waited for,
by whoever has the reply performed. Deadlines are absolute, so lateness does not add up.
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

# A stream that is this late no longer keeps its silences: what is due leaves in one write. Nothing
# else lets it catch up, as the price of a write hardly depends on its size.
CATCH_UP_MS: Final = 100


class Sink(Protocol):
    """Where the player writes; `Wire` is one."""

    @property
    def full(self) -> bool:
        """Whether bytes that it took were not yet gone when it was last written to or drained."""

    def write(self, data: bytes) -> None:
        """Take bytes in one write; raises `ConnectionError`."""

    async def drain(self) -> None:
        """Wait until they are gone; raises `ConnectionError`."""


class Player:
    """One reply on its way to its client; `scale` stretches every silence."""

    __slots__ = (
        "_anchor_ms",
        "_begin_ms",
        "_clock",
        "_cues",
        "_due_ms",
        "_entry",
        "_holds",
        "_next",
        "_paused_ms",
        "_scale",
        "_stop",
        "_taken",
        "_timer",
        "_wheel",
        "outlet",
        "slot",
    )

    def __init__(
        self,
        entry: JournalEntry,
        outlet: Sink,
        wheel: WriteScheduler,
        begin_ms: float,
        holds: Holds,
    ) -> None:
        self.outlet = outlet
        self.slot = 0
        """The number of the slot that it last waited for."""
        self._entry = entry
        self._holds = holds
        self._cues: tuple[WireAction, ...] = entry.actions
        self._wheel = wheel
        self._clock = wheel.clock
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
        """Whether it waits to be resumed."""
        return self._paused_ms is not None

    def play(self, ends_at_ms: float) -> Awaitable[None] | None:
        """Go as far as possible; return what to wait for before this is called again.

        Returns None once all is written and the end is due. Raises `ConnectionError`, as does what
        it returns.
        """
        while not self.outlet.full:
            if self._paused_ms is not None:
                return self._stopped()
            if self._next == len(self._cues):
                return self._end_of(ends_at_ms)
            cue = self._cues[self._next]
            if isinstance(cue, Hold):
                return self._hold(cue)
            now_ms = self._clock.now_ms()
            if self._due_ms <= now_ms:
                self.outlet.write(self.take(now_ms))
                if self.wrote(now_ms) is None:
                    continue
            self._wheel.join(self, self._due_ms)
            return self._stopped()
        return self.outlet.drain()

    def take(self, now_ms: float) -> bytes:
        """Take the write that is due, and, when late, what only silences keep apart from it."""
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
        """Note when what was taken has left, and return when to write again.

        Returns None where something else has to come first; `play` knows what.
        """
        self._entry.wrote(at_ms - self._begin_ms, self._taken)
        if self._due_ms < inf and not self.outlet.full:
            return self._due_ms
        self._look_again()
        return None

    def fail(self, error: Exception) -> None:
        """Say why it cannot go on."""
        if self._stop is not None and not self._stop.done():
            self._stop.set_exception(error)

    def stop(self) -> None:
        """Let no deadline ring any more."""
        self._wheel.forget(self)
        if self._timer is not None:
            self._timer.cancel()

    def _end_of(self, ends_at_ms: float) -> asyncio.Future[None] | None:
        end_ms = self._due(ends_at_ms)
        if end_ms <= self._clock.now_ms():
            return None
        self._timer = self._clock.call_at(end_ms, self._look_again)
        return self._stopped()

    def pause(self) -> None:
        """Make no more writes of the script until it is resumed."""
        if not self.paused:
            self._paused_ms = self._clock.now_ms()
            self._look_again()

    def resume(self) -> None:
        """Go on with what was left of the silence."""
        if self._paused_ms is not None:
            self._move(self._anchor_ms + self._clock.now_ms() - self._paused_ms)
            self._go_to(self._next)
            self._paused_ms = None
            self._look_again()

    def step(self) -> bool:
        """Make the next write now, and keep the silences after it; false if there is none."""
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
        """How many cues are behind it."""
        return self._next

    def push(self, data: bytes, place: int) -> None:
        """Put a write before a cue to come: it is made now, or right after the write before it."""
        last = self._cues[place - 1]
        if place > self._next and isinstance(last, ScheduledWrite):
            self._insert(PushedWrite(last.at_ms, data), place)
            return
        now_ms = self._clock.now_ms()
        at_ms = (now_ms - self._anchor_ms) / self._scale if self._scale else 0.0
        self._insert(PushedWrite(at_ms, data), place)
        self._next += 1
        self._write_now(data, now_ms)

    def _write_now(self, data: bytes, now_ms: float) -> None:
        """Write out of turn."""
        self.stop()
        try:
            self.outlet.write(data)
        except ConnectionError as error:
            self.fail(error)
            raise
        self._entry.wrote(now_ms - self._begin_ms)
        self._look_again()

    def _insert(self, cue: WireAction, place: int) -> None:
        self._cues = self._entry.actions = (*self._cues[:place], cue, *self._cues[place:])

    def _stopped(self) -> asyncio.Future[None]:
        """Return what is done when callbacks cannot go on, or something else is next by now."""
        self._stop = asyncio.get_running_loop().create_future()
        return self._stop

    def _look_again(self) -> None:
        self.stop()
        if self._stop is not None and not self._stop.done():
            self._stop.set_result(None)

    async def _hold(self, hold: Hold) -> None:
        """Wait for what can only come from outside; what follows counts its times from there."""
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
        """Go to the next cue, and return the bytes of this one, which has a deadline."""
        data: bytes = self._cues[self._next].data  # type: ignore[union-attr]  # so it is a `ScheduledWrite`
        self._go_to(self._next + 1)
        return data

    def _go_to(self, number: int) -> None:
        """Make a cue the next one; a `Hold` and the end are never due."""
        cues = self._cues
        self._next = number
        if number < len(cues) and isinstance(cue := cues[number], ScheduledWrite):
            self._due_ms = self._anchor_ms + cue.at_ms * self._scale
        else:
            self._due_ms = inf

    def _due(self, at_ms: float) -> float:
        return self._anchor_ms + at_ms * self._scale
