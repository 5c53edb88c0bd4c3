"""A turn with many readers: all of them get its frames in order, and others run between."""

from __future__ import annotations

import asyncio

import pytest

from streamproof.relay.fair_queue import FairQueue
from streamproof.relay.frames import Frame, FrameBatch
from streamproof.relay.log.notifier import READERS_OF_A_STEP, Notifier

TURN = "turn"
STEPS = 3
READERS = STEPS * READERS_OF_A_STEP
LONG_SECONDS = 3600.0


def batch(n):
    """Return a batch with one frame."""
    return FrameBatch(TURN, [Frame(n, "message", "x")])


class Reader:
    """A reader that keeps up: it notes the numbers of the frames that it is shown, and its waits.

    `woken` counts how often it had to look into the log.
    """

    def __init__(self, notifier):
        self.shown: list[int] = []
        self.woken = 0
        self._notifier = notifier
        self.task = asyncio.create_task(self._read())

    async def _read(self):
        with self._notifier.subscribe(TURN, -1, self._show) as subscription:
            while True:
                subscription.look()
                await subscription.wait(LONG_SECONDS)
                self.woken += 1

    def _show(self, committed):
        self.shown += [frame.n for frame in committed.frames]
        return True


@pytest.fixture
async def notifier():
    """Return a notifier that makes one step in each turn of the loop."""
    result = Notifier()
    result._queue = FairQueue(0.0)
    return result


@pytest.fixture
async def readers(notifier):
    """Return readers that wait."""
    result = [Reader(notifier) for _ in range(READERS)]
    await asyncio.sleep(0)
    yield result
    for reader in result:
        reader.task.cancel()
    await asyncio.wait([reader.task for reader in result])


async def test_other_callbacks_run_between_the_steps(notifier, readers):
    notifier.notify(batch(0))
    counts: list[int] = []
    while not counts or counts[-1] < READERS:
        await asyncio.sleep(0)
        counts.append(sum(len(reader.shown) for reader in readers))
    assert counts == [READERS_OF_A_STEP * (n + 1) for n in range(STEPS)]


async def test_frames_that_come_between_the_steps_are_looked_up_once(notifier, readers):
    for n in range(10):
        notifier.notify(batch(n))
    while not all(reader.woken for reader in readers):  # noqa: ASYNC110 - turns of the loop
        await asyncio.sleep(0)
    assert {tuple(reader.shown) for reader in readers} == {(0,)}
    assert {reader.woken for reader in readers} == {1}
    assert notifier._notified == {}


async def test_few_readers_get_frames_at_once(notifier):
    reader = Reader(notifier)
    await asyncio.sleep(0)
    notifier.notify(batch(0))
    notifier.notify(batch(1))
    assert reader.shown == [0, 1]
    reader.task.cancel()


async def test_readers_that_leave_between_the_steps_are_forgotten(notifier, readers):
    notifier.notify(batch(0))
    for reader in readers:
        reader.task.cancel()
    await asyncio.wait([reader.task for reader in readers])
    while notifier._notified:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0)
    assert notifier.turn_ids() == set()


async def test_an_error_of_a_reader_ends_it_and_no_other_one(notifier, readers):
    def fail(_):
        raise LookupError("odd")

    failing, *others = readers
    [broken] = [r for r in notifier._subscriptions[TURN] if r._show == failing._show]
    broken._show = fail
    notifier.notify(batch(0))
    with pytest.raises(LookupError, match="odd"):
        await failing.task
    while notifier._notified:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0)
    assert {tuple(reader.shown) for reader in others} == {(0,)}
    assert {reader.woken for reader in others} == {0}
