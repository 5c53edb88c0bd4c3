"""A limited number at a time with results in order, and work in the background of a block."""

import asyncio

import pytest

from streamproof.harness.errors import UnreachableError
from streamproof.harness.tasks import background, gather_limited


async def test_results_keep_the_order_and_the_limit_holds():
    running, most = 0, 0

    async def work(item: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(5 - item):
            await asyncio.sleep(0)
        running -= 1
        return item * 10

    assert await gather_limited(work, range(5), 2) == (0, 10, 20, 30, 40)
    assert most == 2


async def test_the_first_error_stops_the_rest_and_is_raised_as_it_is():
    started = []

    async def work(item: int) -> None:
        started.append(item)
        if item == 1:
            raise UnreachableError("gone")
        await asyncio.Event().wait()

    with pytest.raises(UnreachableError, match="gone"):
        await gather_limited(work, range(5), 2)
    assert started == [0, 1, 2]  # the third had taken the free place, and was stopped


async def test_background_work_is_cancelled_when_the_block_ends():
    cancelled = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async with background(work()):
        await asyncio.sleep(0)
    assert cancelled.is_set()


async def test_error_of_background_work_is_raised_after_the_block():
    steps: list[str] = []

    async def fail() -> None:
        raise UnreachableError("gone")

    async def run_block() -> None:
        async with background(fail()):
            await asyncio.sleep(0)
            steps.append("block")

    with pytest.raises(UnreachableError, match="gone"):
        await run_block()
    assert steps == ["block"]
