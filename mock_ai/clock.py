"""Time as an interface, so that a test or a more exact clock can replace it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A callback that waits for its time."""

    def cancel(self) -> None:
        """Do not call back."""


class Clock(Protocol):
    """Tells the time in milliseconds, and calls functions back at a time."""

    def now_ms(self) -> float:
        """Return the time; only differences have a meaning."""

    def call_at(self, at_ms: float, callback: Callable[[], None]) -> Timer:
        """Call back at a time or later; never before this method returns."""

    def close(self) -> None:
        """Cancel all timers."""


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
    """Return at a time or later."""
    reached = asyncio.get_running_loop().create_future()
    timer = clock.call_at(at_ms, lambda: None if reached.done() else reached.set_result(None))
    try:
        await reached
    finally:
        timer.cancel()
