"""Helpers for asyncio tasks: work in the background of a block, and a limited number at a time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

Item = TypeVar("Item")
Done = TypeVar("Done")


@asynccontextmanager
async def background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run a coroutine while the block runs, then cancel it; raises its error after the block."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
    if not task.cancelled():
        task.result()


async def gather_limited(
    work: Callable[[Item], Awaitable[Done]],
    items: Iterable[Item],
    limit: int,
) -> tuple[Done, ...]:
    """Run `work` on every item, at most `limit` at a time.

    Return the results in the order of the items. The first error cancels the rest and is raised.
    """
    free = asyncio.Semaphore(limit)

    async def one(item: Item) -> Done:
        async with free:
            return await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(item)) for item in items]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return tuple(task.result() for task in tasks)
