"""Small units of work do not wait for many large ones."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from queue import SimpleQueue

import pytest

from streamproof.relay.storage.write_queue import (
    LARGE_BYTES,
    MAX_BATCH_BYTES,
    MAX_BATCH_UNITS,
    Job,
    WriteQueue,
)

LARGE = LARGE_BYTES + 1


def unit(_transaction):
    """Do nothing: these tests run no unit."""


@pytest.fixture
def queue():
    return WriteQueue()


def put(queue, *sizes):
    for size in sizes:
        queue.put(Job(unit, size, asyncio.Future()))


def next_sizes(queue):
    return [job.size for job in queue.next_batch()]


class Watched(threading.Condition):
    """The condition of a queue; notes when a thread other than the test's has to wait."""

    def __init__(self, seen):
        super().__init__()
        self._seen = seen

    def wait_for(self, predicate, timeout=None):
        """Note whether the predicate does not hold yet, then wait for it."""
        if threading.current_thread() is not threading.main_thread() and not predicate():
            self._seen.put("waits")
        return super().wait_for(predicate, timeout)


def in_thread(queue, work):
    """Work in a thread; return what it does, one by one: it waits, and then has its result."""
    seen: SimpleQueue[object] = SimpleQueue()
    queue._changed = Watched(seen)
    threading.Thread(target=lambda: seen.put(work()), daemon=True).start()
    return seen


def holding(queue):
    """Hold large units in a thread once; return what it does, one by one."""

    def hold():
        with queue.without_large():
            return "holds"

    return in_thread(queue, hold)


async def test_small_units_share_a_batch_in_their_order(queue):
    put(queue, 3, 1, 2, LARGE_BYTES)
    assert next_sizes(queue) == [3, 1, 2, LARGE_BYTES]


async def test_each_large_unit_is_alone_and_small_ones_come_between(queue):
    put(queue, LARGE, LARGE + 1, LARGE + 2, 1, 2)
    assert next_sizes(queue) == [LARGE]
    assert next_sizes(queue) == [1, 2]
    put(queue, 3)
    assert next_sizes(queue) == [LARGE + 1]
    assert next_sizes(queue) == [3]
    assert next_sizes(queue) == [LARGE + 2]


async def test_large_units_keep_their_order(queue):
    put(queue, LARGE, LARGE + 1)
    assert next_sizes(queue) == [LARGE]
    assert next_sizes(queue) == [LARGE + 1]


async def test_a_batch_has_at_most_so_many_bytes(queue):
    fitting = MAX_BATCH_BYTES // LARGE_BYTES
    put(queue, *[LARGE_BYTES] * (fitting + 1))
    assert next_sizes(queue) == [LARGE_BYTES] * fitting
    assert next_sizes(queue) == [LARGE_BYTES]


async def test_a_batch_has_at_most_so_many_units(queue):
    put(queue, *[0] * (MAX_BATCH_UNITS + 1))
    assert len(queue.next_batch()) == MAX_BATCH_UNITS
    assert len(queue.next_batch()) == 1


async def test_a_closed_queue_gives_what_waits_and_then_nothing(queue):
    put(queue, 1, LARGE)
    queue.close()
    assert sorted(next_sizes(queue) + next_sizes(queue)) == [1, LARGE]
    assert queue.next_batch() == []


async def test_large_units_wait_while_they_are_held_and_small_ones_do_not(queue):
    with queue.without_large():
        put(queue, LARGE, 1)
        assert next_sizes(queue) == [1]
        put(queue, 2)
        assert next_sizes(queue) == [2]
        seen = in_thread(queue, partial(next_sizes, queue))
        assert seen.get() == "waits"
    assert seen.get() == [LARGE]


async def test_several_can_hold_large_units(queue):
    with queue.without_large():
        with queue.without_large():
            put(queue, LARGE)
        waiting = asyncio.create_task(asyncio.to_thread(next_sizes, queue))
        put(queue, 1)
        assert await waiting == [1]
    assert next_sizes(queue) == [LARGE]


async def test_a_closed_queue_waits_for_large_units_that_are_held(queue):
    with queue.without_large():
        put(queue, LARGE)
        queue.close()
        seen = in_thread(queue, partial(next_sizes, queue))
        assert seen.get() == "waits"
    assert seen.get() == [LARGE]


async def test_holding_large_units_waits_for_the_end_of_one_that_runs(queue):
    put(queue, LARGE, 1)
    assert next_sizes(queue) == [LARGE]
    seen = holding(queue)
    assert seen.get() == "waits"
    assert next_sizes(queue) == [1]  # the thread that writes is done with the large one
    assert seen.get() == "holds"


async def test_no_further_large_unit_runs_before_one_who_waits_to_hold_them(queue):
    put(queue, LARGE, LARGE + 1)
    assert next_sizes(queue) == [LARGE]
    seen = holding(queue)
    assert seen.get() == "waits"
    assert next_sizes(queue) == [LARGE + 1]
    assert not seen.empty(), "the second large unit ran first"
    assert seen.get() == "holds"


async def test_a_large_unit_that_was_held_runs_before_they_are_held_again(queue):
    with queue.without_large():
        put(queue, LARGE, LARGE + 1)
    seen = holding(queue)
    assert seen.get() == "waits"
    assert next_sizes(queue) == [LARGE]
    assert seen.get() == "waits"
    assert next_sizes(queue) == [LARGE + 1]
    assert seen.get() == "holds"


async def test_those_who_hold_large_units_one_after_another_do_not_keep_them_out(queue):
    with queue.without_large():
        with queue.without_large():
            put(queue, LARGE)
        seen = holding(queue)
        assert seen.get() == "waits"
    assert next_sizes(queue) == [LARGE]
    assert seen.get() == "waits"
    put(queue, 1)
    assert next_sizes(queue) == [1]
    assert seen.get() == "holds"
