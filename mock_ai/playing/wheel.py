"""The clock of a running mock: all streams share one exact timer, in slots of half a millisecond.

A deadline is never early, and at most one slot late while the machine keeps up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from math import ceil, inf
from time import monotonic
from typing import TYPE_CHECKING, Final

from mock_ai.clock import LoopClock
from mock_ai.playing.timerfd import AVAILABLE, TimerFd

if TYPE_CHECKING:
    from mock_ai.clock import Clock

SLOT_MS: Final = 0.5
_SLOT_NS: Final = 500_000


def best_clock() -> Clock:
    """Return the most exact clock of this system."""
    return Wheel() if AVAILABLE else LoopClock()


class Appointment:
    """A callback in a slot; one that is taken back stays until its slot is due."""

    __slots__ = ("callback",)

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        """Take it back."""
        self.callback = None


class Wheel:
    """A clock of the event loop that first waits for it."""

    def __init__(self) -> None:
        self._slots: dict[int, list[Appointment]] = {}
        self._order: list[int] = []  # a heap of the slots' numbers
        self._timer: TimerFd | None = None
        self._set_to: float = inf

    def now_ms(self) -> float:
        """Return the time by the clock of the kernel's timer, which is also that of the loop."""
        return monotonic() * 1000

    def call_at(self, at_ms: float, callback: Callable[[], None]) -> Appointment:
        """Call back in the first slot that is not before this time."""
        appointment = Appointment(callback)
        number = ceil(at_ms / SLOT_MS)
        (self._slots.get(number) or self._slot(number)).append(appointment)
        return appointment

    def close(self) -> None:
        """Call nobody back any more."""
        if self._timer is not None:
            asyncio.get_running_loop().remove_reader(self._timer.fd)
            self._timer.close()
            self._timer = None

    def _slot(self, number: int) -> list[Appointment]:
        slot = self._slots.get(number)
        if slot is None:
            slot = self._slots[number] = []
            heappush(self._order, number)
            if number < self._set_to:
                self._set(number)
        return slot

    def _set(self, number: int) -> None:
        loop = asyncio.get_running_loop()
        if self._timer is None:
            self._timer = TimerFd()
            loop.add_reader(self._timer.fd, self._ring)
        self._set_to = number
        if number * SLOT_MS <= self.now_ms():
            loop.call_soon(self._empty, -inf)  # a timer would make what is late even later
        else:
            self._timer.set(number * _SLOT_NS)

    def _ring(self) -> None:
        if self._timer is not None and self._timer.expired():
            self._empty(self._set_to)  # the loop's time may lag behind the timer

    def _empty(self, at_least: float) -> None:
        """Empty the slots that are due; what becomes due meanwhile comes after other events."""
        if self._timer is None:
            return
        due = max(at_least, self.now_ms() / SLOT_MS)
        appointments = []
        while self._order and self._order[0] <= due:
            appointments += self._slots.pop(heappop(self._order))
        appointments.reverse()
        self._set_to = -inf  # nobody sets the timer until all is done
        try:
            while appointments:
                callback = appointments.pop().callback
                if callback is not None:
                    callback()
        finally:
            if appointments:  # a callback failed
                self._slot(0).extend(reversed(appointments))
            self._set_to = inf
            if self._order:
                self._set(self._order[0])
