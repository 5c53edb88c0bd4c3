"""Work that keeps a core and the interpreter for long, in other threads and in turn.

Each thread that computes takes the interpreter from the event loop for some milliseconds, again
and again. One of them is hardly noticed, but several add up. So costly work waits for other costly
work; work that is not costly does not wait.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class CostlyWork:
    """Runs functions in threads, and at most one that is costly at a time."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def run(self, work: Callable[[], T], *, is_costly: bool) -> T:
        """Run a function in another thread, and return its result.

        If the caller is cancelled, this still waits for costly work that has begun.
        """
        if not is_costly:
            return await asyncio.to_thread(work)
        async with self._turn:
            running = asyncio.create_task(asyncio.to_thread(work))
            try:
                return await asyncio.shield(running)
            except asyncio.CancelledError:
                await asyncio.wait([running])
                raise
