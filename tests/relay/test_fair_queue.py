"""Work in small steps: what fits into the budget runs at once, the rest takes turns."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from streamproof.relay.fair_queue import FairQueue

LONG_SECONDS = 3600.0


class Work:
    """Steps that note their name until there are enough of them."""

    def __init__(self, name, count, done):
        self.name = name
        self.left = count
        self.done = done

    def __call__(self):
        """Do one step."""
        self.done.append(self.name)
        self.left -= 1
        return self.left > 0


async def until(condition):
    """Give the loop to others until a condition holds."""
    while not condition():  # noqa: ASYNC110 - what is counted here are turns of the loop
        await asyncio.sleep(0)


async def test_a_step_within_the_budget_runs_at_once():
    done: list[str] = []
    FairQueue(LONG_SECONDS).run(Work("a", 1, done))
    assert done == ["a"]


async def test_work_without_a_budget_takes_turns():
    done: list[str] = []
    queue = FairQueue(0.0)
    queue.run(Work("a", 3, done))
    queue.run(Work("b", 2, done))
    await until(lambda: len(done) == 5)
    assert done == ["a", "b", "a", "b", "a"]


async def test_other_callbacks_run_between_the_steps():
    done: list[str] = []
    queue = FairQueue(0.0)
    queue.run(Work("step", 100, done))
    asyncio.get_running_loop().call_soon(done.append, "other")
    await until(lambda: "other" in done)
    assert len(done) < 5
    await until(lambda: len(done) == 101)


async def test_the_budget_begins_anew_in_each_turn_of_the_loop():
    done: list[str] = []
    queue = FairQueue(LONG_SECONDS)
    for name in "ab":
        queue.run(Work(name, 1, done))
        await asyncio.sleep(0)
    assert done == ["a", "b"]


async def test_the_caller_learns_whether_a_step_is_done():
    assert FairQueue(LONG_SECONDS).run(Work("a", 1, []))
    assert not FairQueue(LONG_SECONDS).run(Work("a", 2, []))
    assert not FairQueue(0.0).run(Work("a", 1, []))


@pytest.mark.parametrize("budget_seconds", [0.0, LONG_SECONDS])
async def test_the_result_of_work_or_its_error_goes_to_its_caller(budget_seconds):
    queue = FairQueue(budget_seconds)
    assert await queue.result_of(lambda: "result") == "result"
    with pytest.raises(ZeroDivisionError):
        await queue.result_of(lambda: 1 // 0)


async def test_work_whose_caller_was_cancelled_is_not_done():
    done: list[str] = []
    queue = FairQueue(0.0)
    first, second = (
        asyncio.create_task(queue.result_of(partial(done.append, name))) for name in "ab"
    )
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first, second])
    assert first.cancelled()
    assert done == ["b"]
