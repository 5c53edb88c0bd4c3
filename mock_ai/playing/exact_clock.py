"""The clock of a running mock: one timer of the kernel, for whatever is due next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from math import ceil, inf
from time import monotonic
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.clock import LoopClock
from streamproof.mock_ai.playing.timerfd import AVAILABLE, TimerFd

if TYPE_CHECKING:
    from streamproof.mock_ai.clock import Clock

_NS_PER_MS: Final = 1_000_000
_LONGEST_MS: Final = (
    86_400_000  # the kernel knows no time without end; whoever waits longer waits on
)


def best_clock() -> Clock:
    """Return the most exact clock of this system."""
    return ExactClock() if AVAILABLE else LoopClock()


class KernelTimer:
    """A callback with a time; one that is taken back is kept until its time has come."""

    __slots__ = ("callback",)

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        """Take it back."""
        self.callback = None


class ExactClock:
    """A clock of the event loop that first waits for it, exact to microseconds."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, KernelTimer]] = []  # a heap
        self._numbers = count()  # callbacks of the same time come in the order of their asking
        self._timer: TimerFd | None = None
        self._set_to_ms: float = inf

    def now_ms(self) -> float:
        """Return the time by the clock of the kernel's timer, which is also that of the loop."""
        return monotonic() * 1000

    def call_at(self, at_ms: float, callback: Callable[[], None]) -> KernelTimer:
        """Call back at this time."""
        if self._timer is None:
            self._timer = TimerFd()
            asyncio.get_running_loop().add_reader(self._timer.fd, self._ring)
        appointment = KernelTimer(callback)
        heappush(self._waiting, (at_ms, next(self._numbers), appointment))
        if at_ms < self._set_to_ms:
            self._set(self._timer, at_ms)
        return appointment

    def close(self) -> None:
        """Call nobody back any more."""
        if self._timer is not None:
            asyncio.get_running_loop().remove_reader(self._timer.fd)
            self._timer.close()
            self._timer = None

    def _set(self, timer: TimerFd, at_ms: float) -> None:
        now_ms = self.now_ms()
        self._set_to_ms = at_ms
        if at_ms <= now_ms:
            timer.unset()
            # The timer would make what is late even later.
            asyncio.get_running_loop().call_soon(self._ring)
        else:
            timer.set(ceil(min(at_ms, now_ms + _LONGEST_MS) * _NS_PER_MS))

    def _ring(self) -> None:
        """Call back whoever is due; what becomes due meanwhile comes after other events."""
        timer = self._timer
        if timer is None:
            return
        now_ms = self.now_ms()
        due = []
        while self._waiting and self._waiting[0][0] <= now_ms:
            due.append(heappop(self._waiting))
        due.reverse()
        self._set_to_ms = -inf  # nobody sets the timer until all is done
        try:
            while due:
                callback = due.pop()[2].callback
                if callback is not None:
                    callback()
        finally:
            for appointment in due:  # a callback failed
                heappush(self._waiting, appointment)
            self._set_to_ms = inf
            if timer is self._timer:  # nobody has closed it
                self._set_to_next(timer)

    def _set_to_next(self, timer: TimerFd) -> None:
        if self._waiting:
            self._set(timer, self._waiting[0][0])
        else:
            timer.unset()
