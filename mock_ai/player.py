"""The player: writes the cues of one reply, each at its own deadline, by callbacks.

Nothing is awaited between two writes; only a full connection, a `Hold` and the end are waited for.
Deadlines are absolute, so lateness does not add up.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol

from mock_ai.actions import Hold
from mock_ai.clock import until
from mock_ai.http1 import BLOCK_BYTES

if TYPE_CHECKING:
    from mock_ai.clock import Cancel, Clock
    from mock_ai.http1 import Cue
    from mock_ai.journal import Entry

# A stream that is this late no longer keeps its silences: what is due leaves in one write. Nothing
# else lets it catch up, as the price of a write hardly depends on its size.
CATCH_UP_MS: Final = 20
# Other streams get their turn after that many writes without a silence.
_WRITES_AT_ONCE: Final = 64


class Outlet(Protocol):
    """Where the player writes; `Wire` is one."""

    def write(self, data: bytes) -> bool:
        """Take bytes in one write, and tell whether they are gone; raises `ConnectionError`."""

    async def drain(self) -> None:
        """Wait until they are gone; raises `ConnectionError`."""


class Player:
    """One reply on its way to its client; `scale` stretches every silence."""

    __slots__ = (
        "_anchor_ms",
        "_begin_ms",
        "_cancel",
        "_clock",
        "_cues",
        "_entry",
        "_next",
        "_outlet",
        "_scale",
        "_stop",
    )

    def __init__(self, entry: Entry, outlet: Outlet, clock: Clock, begin_ms: float) -> None:
        self._entry = entry
        self._cues: tuple[Cue, ...] = entry.cues
        self._outlet = outlet
        self._clock = clock
        self._begin_ms = self._anchor_ms = begin_ms
        self._scale = 1 / entry.speed if entry.speed else 0.0
        self._next = 0
        self._cancel: Cancel
        self._stop: asyncio.Future[None]

    async def play(self, ends_at_ms: float) -> None:
        """Write everything, and return when the end is due; raises `ConnectionError`."""
        while self._next < len(self._cues):
            if isinstance(self._cues[self._next], Hold):
                await self._hold()
            if not self._advance():
                await self._called_back()
            await self._outlet.drain()
        if self._due_ms(ends_at_ms) > self._clock.now_ms():
            await until(self._clock, self._due_ms(ends_at_ms))

    async def _hold(self) -> None:
        """Wait for what can only come from outside: the client leaves, or the server stops."""
        await asyncio.get_running_loop().create_future()
        self._anchor_ms = self._clock.now_ms()
        self._next += 1

    async def _called_back(self) -> None:
        """Wait until callbacks have written as much as they can."""
        self._stop = asyncio.get_running_loop().create_future()
        try:
            await self._stop
        finally:
            self._cancel()

    def _ring(self) -> None:
        """Go on: a deadline has come."""
        try:
            if self._advance() and not self._stop.done():
                self._stop.set_result(None)
        except ConnectionError as error:
            if not self._stop.done():
                self._stop.set_exception(error)

    def _advance(self) -> bool:
        """Write what is due; false if the clock will call back, true if something else must."""
        now_ms = self._clock.now_ms()
        for _ in range(_WRITES_AT_ONCE):
            number = self._next
            if number == len(self._cues):
                return True
            cue = self._cues[number]
            if isinstance(cue, Hold):
                return True
            due_ms = self._anchor_ms + cue.at_ms * self._scale
            if due_ms > now_ms:
                break
            self._next += 1
            data = cue.data
            if due_ms < now_ms - CATCH_UP_MS:
                data += self._overdue(due_ms, now_ms)
            room = self._outlet.write(data)
            self._entry.wrote(now_ms - self._begin_ms, self._next - number)
            if not room:
                return True
        self._cancel = self._clock.call_at(due_ms, self._ring)
        return False

    def _overdue(self, after_ms: float, now_ms: float) -> bytes:
        """Take what else is due by now, as far as only silences keep it apart, up to a block."""
        taken: list[bytes] = []
        size = 0
        while self._next < len(self._cues) and size < BLOCK_BYTES:
            cue = self._cues[self._next]
            if isinstance(cue, Hold) or not after_ms < self._due_ms(cue.at_ms) <= now_ms:
                break
            after_ms = self._due_ms(cue.at_ms)
            taken.append(cue.data)
            size += len(cue.data)
            self._next += 1
        return b"".join(taken)

    def _due_ms(self, at_ms: float) -> float:
        return self._anchor_ms + at_ms * self._scale
