"""Shares the event loop between turns: a turn with much to do gives it back after a short time.

Work comes as steps. A step does a bounded part, and tells whether more is left. As long as the
budget of this turn of the loop lasts, a step runs at once. Later steps wait for the next turn of
the loop, in the order in which they came. So the bytes of one socket cannot hold up another one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Step: TypeAlias = "Callable[[], bool]"

BUDGET_SECONDS: Final = 0.005


class FairQueue:
    """Runs steps within the budget of each turn of the event loop."""

    def __init__(self, budget_seconds: float = BUDGET_SECONDS) -> None:
        self._budget_seconds = budget_seconds
        self._until: float | None = None
        """The end of the budget of this turn of the loop; None: nothing ran in it yet."""
        self._waiting: deque[Step] = deque()

    def run(self, step: Step) -> bool:
        """Run a step now, or as soon as it is its turn, until it has no more to do.

        Return whether it has no more to do already.
        """
        loop = asyncio.get_running_loop()
        if self._until is None:
            self._until = loop.time() + self._budget_seconds
            loop.call_soon(self._next_turn)
        if self._waiting or loop.time() >= self._until or step():
            self._waiting.append(step)
            return False
        return True

    async def result_of(self, work: Callable[[], T]) -> T:
        """Do work as one step, and return its result."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def step() -> bool:
            if not future.done():  # its caller may have been cancelled
                try:
                    future.set_result(work())
                except Exception as error:  # noqa: BLE001 - the caller gets it
                    future.set_exception(error)
            return False

        self.run(step)
        return await future

    def _next_turn(self) -> None:
        self._until = None
        if not self._waiting:
            return
        loop = asyncio.get_running_loop()
        self._until = loop.time() + self._budget_seconds
        loop.call_soon(self._next_turn)
        while self._waiting:
            step = self._waiting.popleft()
            if step():
                self._waiting.append(step)
            if loop.time() >= self._until:
                return
