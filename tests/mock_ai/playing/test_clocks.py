"""The clocks of the mock: that of the event loop, and the exact one of the kernel."""

import asyncio
from pathlib import Path

import pytest

from streamproof.mock_ai.clock import LoopClock, until
from streamproof.mock_ai.playing.exact_clock import ExactClock
from streamproof.mock_ai.playing.timerfd import AVAILABLE
from tests.mock_ai.mock_fixture import mock, scenario
from tests.mock_ai.raw_client import exchange

PATH = "/s/it/chat/stream?question=hi"
needs_timerfd = pytest.mark.skipif(not AVAILABLE, reason="this system has no timerfd")
CLOCKS = [LoopClock, pytest.param(ExactClock, marks=needs_timerfd)]


@pytest.fixture(params=CLOCKS)
async def clock(request):
    clock = request.param()
    yield clock
    clock.close()


class Calls:
    """Records which callbacks were called, and when."""

    def __init__(self, clock, wanted):
        self._clock = clock
        self._wanted = wanted
        self.times = {}
        self.all = asyncio.get_running_loop().create_future()

    def callback(self, name):
        """Return a callback with a name."""

        def called():
            self.times[name] = self._clock.now_ms()
            if len(self.times) == self._wanted:
                self.all.set_result(None)

        return called


async def test_no_deadline_is_early(clock):
    calls = Calls(clock, wanted=40)
    begin_ms = clock.now_ms()
    for number in range(40):
        clock.call_at(begin_ms + number * 0.3, calls.callback(number))
    await calls.all
    assert all(at_ms >= begin_ms + number * 0.3 for number, at_ms in calls.times.items())


async def test_earlier_deadline_may_be_set_later(clock):
    calls = Calls(clock, wanted=2)
    begin_ms = clock.now_ms()
    clock.call_at(begin_ms + 20, calls.callback("late"))
    clock.call_at(begin_ms + 5, calls.callback("early"))
    await calls.all
    assert list(calls.times) == ["early", "late"]


async def test_deadline_in_the_past_is_called_soon_but_not_immediately(clock):
    calls = Calls(clock, wanted=1)
    clock.call_at(clock.now_ms() - 1_000, calls.callback("past"))
    assert calls.times == {}
    await calls.all


async def test_cancelled_deadline_is_not_called(clock):
    calls = Calls(clock, wanted=1)
    begin_ms = clock.now_ms()
    timer = clock.call_at(begin_ms + 1, calls.callback("cancelled"))
    clock.call_at(begin_ms + 5, calls.callback("kept"))
    timer.cancel()
    timer.cancel()
    await calls.all
    assert list(calls.times) == ["kept"]


async def test_very_late_deadline_does_not_block_others(clock):
    calls = Calls(clock, wanted=1)
    timer = clock.call_at(clock.now_ms() + 3e17, calls.callback("very late"))
    clock.call_at(clock.now_ms() + 2, calls.callback("soon"))
    await calls.all
    timer.cancel()
    assert list(calls.times) == ["soon"]


async def test_waiting_ends_at_its_time_and_can_be_cancelled(clock):
    begin_ms = clock.now_ms()
    cancelled = asyncio.ensure_future(until(clock, begin_ms + 3_600_000))
    await until(clock, begin_ms + 3)
    assert clock.now_ms() >= begin_ms + 3
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled


async def test_paced_reply_is_the_same_with_every_clock(clock):
    keys = 'pace: {gap_ms: 2}\nsteps: [{raw: "data: 1\\n\\n"}, {raw: "data: 2\\n\\n"}, end]'
    async with mock(scenario(keys), clock=clock) as served:
        head, body, _ = await exchange(served.url, PATH, version="1.0")
        entry = await served.entry()
    assert b"".join(write.data for write in entry.writes) == head + body
    assert [write.planned_ms for write in entry.writes] == [0, 2, 4]
    assert all(write.actual_ms >= write.planned_ms for write in entry.writes)


@needs_timerfd
async def test_failing_callback_does_not_stop_others():
    failures = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
    clock = ExactClock()
    calls = Calls(clock, wanted=3)
    at_ms = clock.now_ms() + 2

    def fail():
        raise ZeroDivisionError

    clock.call_at(at_ms, calls.callback(1))
    clock.call_at(at_ms, fail)
    clock.call_at(at_ms, calls.callback(2))
    clock.call_at(at_ms + 2, calls.callback(3))
    await calls.all
    clock.close()
    assert len(failures) == 1


async def test_deadlines_that_are_always_due_do_not_starve_other_events(clock):
    calls = Calls(clock, wanted=1)
    turns = []

    def again():
        turns.append(clock.now_ms())
        if not calls.times:
            clock.call_at(0, again)

    again()
    asyncio.get_running_loop().call_later(0.005, calls.callback("other"))
    await calls.all
    await until(clock, clock.now_ms() + 5)
    assert len(turns) > 1


@needs_timerfd
@pytest.mark.parametrize("in_ms", [1, -1], ids=["due later", "already due"])
async def test_closed_clock_calls_no_callback(in_ms):
    clock = ExactClock()
    calls = Calls(clock, wanted=1)
    clock.call_at(clock.now_ms() + in_ms, calls.callback("closed"))
    clock.close()
    await until(LoopClock(), LoopClock().now_ms() + 5)
    assert calls.times == {}


@needs_timerfd
async def test_callback_may_close_the_clock():
    failures = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
    clock = ExactClock()
    calls = Calls(clock, wanted=1)
    at_ms = clock.now_ms() + 1
    clock.call_at(at_ms, clock.close)
    clock.call_at(at_ms, calls.callback("also due"))
    clock.call_at(at_ms + 3_600_000, calls.callback("closed"))
    await calls.all
    await asyncio.sleep(0)
    assert (list(calls.times), failures) == (["also due"], [])


def open_timers():
    """Return the open kernel timers of this process."""
    links = [path.readlink() for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    return [link for link in links if "timerfd" in str(link)]


@needs_timerfd
async def test_stopped_server_closes_its_timer():
    before = open_timers()
    async with mock(scenario("pace: {first_ms: 1}\nsteps: [end]")) as served:
        await exchange(served.url, PATH, version="1.0")
        assert len(open_timers()) == len(before) + 1
    assert open_timers() == before
