"""Time as the driver sees it: a port, so that tests and faster clocks can stand in."""

from __future__ import annotations

import asyncio
from typing import Protocol


class Clock(Protocol):
    """Tells the time in milliseconds, and waits for one."""

    def now_ms(self) -> float:
        """Return the time; only differences mean something."""

    async def until(self, at_ms: float) -> None:
        """Return once it is that late, giving way to others even if it already is."""


class LoopClock:
    """The clock of the running event loop."""

    def now_ms(self) -> float:
        """Return the loop's monotonic time."""
        return asyncio.get_running_loop().time() * 1000

    async def until(self, at_ms: float) -> None:
        """Sleep until then."""
        await asyncio.sleep(max(0.0, at_ms - self.now_ms()) / 1000)
