"""Measures how late this process runs, so that a busy machine is not taken for a broken target."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from streamproof.harness.tasks import background

TICK_SECONDS = 0.05
PART_OF_LIMIT = 0.1
"""A delay that is longer than this part of a time limit can decide whether the limit passes."""
BUSY_LOAD = 1.5
"""Runnable processes for each processor; with more of them, the target had to wait as well."""
SHORT_LIMIT_SECONDS = 1.0
"""A limit that waiting for a processor can use up."""


class Lag:
    """The longest delay of the event loop while it was measured, in seconds."""

    def __init__(self) -> None:
        self.longest = 0.0

    def can_decide(self, limit_seconds: float) -> bool:
        """Tell whether a time limit may have passed only because the machine was busy."""
        if self.longest > PART_OF_LIMIT * limit_seconds:
            return True
        return limit_seconds < SHORT_LIMIT_SECONDS and is_busy()

    async def measure(self) -> None:
        """Measure until this task is cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + TICK_SECONDS
            await asyncio.sleep(TICK_SECONDS)
            self.longest = max(self.longest, loop.time() - due)


def is_busy() -> bool:
    """Tell whether more processes want to run than the processors can take."""
    try:
        load = os.getloadavg()[0]
        processors = len(os.sched_getaffinity(0))
    except (AttributeError, OSError):  # not on every system
        return False
    return load > BUSY_LOAD * processors


@asynccontextmanager
async def measured_lag() -> AsyncIterator[Lag]:
    """Measure the lag while the block runs."""
    lag = Lag()
    async with background(lag.measure()):
        yield lag
