"""The clock of a running mock: one kernel timer, set to the next callback."""

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
_LONGEST_MS: Final = 86_400_000  # the kernel needs a finite time; longer waits set it again


def best_clock() -> Clock:
    """Return the most exact clock of this system."""
    return ExactClock() if AVAILABLE else LoopClock()


class KernelTimer:
    """A callback with a time; a cancelled one stays in the heap until its time."""

    __slots__ = ("callback",)

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        """Cancel the callback."""
        self.callback = None


class ExactClock:
    """A clock of the running event loop that is exact to microseconds."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, KernelTimer]] = []  # a heap
        self._numbers = count()  # orders callbacks with the same time
        self._timer: TimerFd | None = None
        self._set_to_ms: float = inf

    def now_ms(self) -> float:
        """Return the monotonic time in ms, which the kernel timer and the loop use."""
        return monotonic() * 1000

    def call_at(self, at_ms: float, callback: Callable[[], None]) -> KernelTimer:
        """Call a function at this time, in ms; an earlier time means as soon as possible."""
        if self._timer is None:
            self._timer = TimerFd()
            asyncio.get_running_loop().add_reader(self._timer.fd, self._call_due)
        waiting = KernelTimer(callback)
        heappush(self._waiting, (at_ms, next(self._numbers), waiting))
        if at_ms < self._set_to_ms:
            self._set(self._timer, at_ms)
        return waiting

    def close(self) -> None:
        """Call no more callbacks, and close the kernel timer."""
        if self._timer is not None:
            asyncio.get_running_loop().remove_reader(self._timer.fd)
            self._timer.close()
            self._timer = None

    def _set(self, timer: TimerFd, at_ms: float) -> None:
        now_ms = self.now_ms()
        self._set_to_ms = at_ms
        if at_ms <= now_ms:
            timer.unset()
            # The timer would only add to the lateness.
            asyncio.get_running_loop().call_soon(self._call_due)
        else:
            timer.set(ceil(min(at_ms, now_ms + _LONGEST_MS) * _NS_PER_MS))

    def _call_due(self) -> None:
        """Call all due callbacks; those that become due meanwhile wait for the next turn."""
        timer = self._timer
        if timer is None:  # closed after the call was scheduled
            return
        now_ms = self.now_ms()
        due = []
        while self._waiting and self._waiting[0][0] <= now_ms:
            due.append(heappop(self._waiting))
        due.reverse()
        self._set_to_ms = -inf  # so that callbacks do not set the timer
        try:
            while due:
                callback = due.pop()[2].callback
                if callback is not None:
                    callback()
        finally:
            for waiting in due:  # a callback failed
                heappush(self._waiting, waiting)
            self._set_to_ms = inf
            if timer is self._timer:  # a callback may have closed it
                self._set_to_next(timer)

    def _set_to_next(self, timer: TimerFd) -> None:
        if self._waiting:
            self._set(timer, self._waiting[0][0])
        else:
            timer.unset()
