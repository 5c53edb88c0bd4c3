"""Time as the driver sees it: a port, so that tests and more exact clocks can stand in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A callback that is waited for."""

    def cancel(self) -> None:
        """Take it back."""


class Clock(Protocol):
    """Tells the time in milliseconds, and calls back at one."""

    def now_ms(self) -> float:
        """Return the time; only differences mean something."""

    def call_at(self, at_ms: float, callback: Callable[[], None]) -> Timer:
        """Call back once it is that late, never before this returns."""

    def close(self) -> None:
        """Call nobody back any more."""


class LoopClock:
    """The clock of the running event loop, exact to about a millisecond."""

    def now_ms(self) -> float:
        """Return the loop's monotonic time."""
        return asyncio.get_running_loop().time() * 1000

    def call_at(self, at_ms: float, callback: Callable[[], None]) -> Timer:
        """Call back by a timer of the loop."""
        return asyncio.get_running_loop().call_at(at_ms / 1000, callback)

    def close(self) -> None:
        """Do nothing: the loop has the timers."""


async def until(clock: Clock, at_ms: float) -> None:
    """Return once it is that late."""
    rung = asyncio.get_running_loop().create_future()
    timer = clock.call_at(at_ms, lambda: None if rung.done() else rung.set_result(None))
    try:
        await rung
    finally:
        timer.cancel()
