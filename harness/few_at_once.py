"""Does the same work on many items, a few of them at a time, and stops at the first error."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")
Done = TypeVar("Done")


async def gather_limited(
    work: Callable[[Item], Awaitable[Done]], items: Iterable[Item], limit: int
) -> tuple[Done, ...]:
    """Return the results in the order of the items; raises the first error itself."""
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
