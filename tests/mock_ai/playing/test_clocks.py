"""The clocks of the mock: the loop's own, and the one with an exact timer of the kernel."""

import asyncio
from pathlib import Path
from select import select

import pytest

from streamproof.mock_ai.clock import LoopClock, until
from streamproof.mock_ai.playing.exact_clock import ExactClock
from streamproof.mock_ai.playing.timerfd import AVAILABLE, TimerFd
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


class Bells:
    """Remembers which callbacks came, and when."""

    def __init__(self, clock, wanted):
        self._clock = clock
        self._wanted = wanted
        self.rung = {}
        self.all = asyncio.get_running_loop().create_future()

    def bell(self, name):
        """Return a callback of that name."""

        def ring():
            self.rung[name] = self._clock.now_ms()
            if len(self.rung) == self._wanted:
                self.all.set_result(None)

        return ring


async def test_no_deadline_is_early(clock):
    bells = Bells(clock, wanted=40)
    begin_ms = clock.now_ms()
    for number in range(40):
        clock.call_at(begin_ms + number * 0.3, bells.bell(number))
    await bells.all
    assert all(at_ms >= begin_ms + number * 0.3 for number, at_ms in bells.rung.items())


async def test_earlier_deadline_may_come_to_be_known_later(clock):
    bells = Bells(clock, wanted=2)
    begin_ms = clock.now_ms()
    clock.call_at(begin_ms + 20, bells.bell("late"))
    clock.call_at(begin_ms + 5, bells.bell("early"))
    await bells.all
    assert list(bells.rung) == ["early", "late"]


async def test_deadline_in_the_past_comes_soon_but_not_at_once(clock):
    bells = Bells(clock, wanted=1)
    clock.call_at(clock.now_ms() - 1_000, bells.bell("past"))
    assert bells.rung == {}
    await bells.all


async def test_deadline_that_was_taken_back_does_not_come(clock):
    bells = Bells(clock, wanted=1)
    begin_ms = clock.now_ms()
    timer = clock.call_at(begin_ms + 1, bells.bell("taken back"))
    clock.call_at(begin_ms + 5, bells.bell("kept"))
    timer.cancel()
    timer.cancel()
    await bells.all
    assert list(bells.rung) == ["kept"]


async def test_deadline_in_ages_keeps_no_other_from_coming(clock):
    bells = Bells(clock, wanted=1)
    timer = clock.call_at(clock.now_ms() + 3e17, bells.bell("in ages"))
    clock.call_at(clock.now_ms() + 2, bells.bell("soon"))
    await bells.all
    timer.cancel()
    assert list(bells.rung) == ["soon"]


async def test_waiting_ends_at_its_time_and_can_be_given_up(clock):
    begin_ms = clock.now_ms()
    given_up = asyncio.ensure_future(until(clock, begin_ms + 3_600_000))
    await until(clock, begin_ms + 3)
    assert clock.now_ms() >= begin_ms + 3
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up


async def test_paced_reply_is_the_same_by_every_clock(clock):
    keys = 'pace: {gap_ms: 2}\nsteps: [{raw: "data: 1\\n\\n"}, {raw: "data: 2\\n\\n"}, end]'
    async with mock(scenario(keys), clock=clock) as served:
        head, body, _ = await exchange(served.url, PATH, version="1.0")
        entry = await served.entry()
    assert b"".join(write.data for write in entry.writes) == head + body
    assert [write.planned_ms for write in entry.writes] == [0, 2, 4]
    assert all(write.actual_ms >= write.planned_ms for write in entry.writes)


@needs_timerfd
async def test_callback_that_fails_costs_no_other_its_turn():
    failures = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
    clock = ExactClock()
    bells = Bells(clock, wanted=3)
    at_ms = clock.now_ms() + 2

    def fail():
        raise ZeroDivisionError

    clock.call_at(at_ms, bells.bell(1))
    clock.call_at(at_ms, fail)
    clock.call_at(at_ms, bells.bell(2))
    clock.call_at(at_ms + 2, bells.bell(3))
    await bells.all
    clock.close()
    assert len(failures) == 1


async def test_other_events_get_their_turn_while_deadlines_are_due_all_the_time(clock):
    bells = Bells(clock, wanted=1)
    turns = []

    def again():
        turns.append(clock.now_ms())
        if not bells.rung:
            clock.call_at(0, again)

    again()
    asyncio.get_running_loop().call_later(0.005, bells.bell("other"))
    await bells.all
    await until(clock, clock.now_ms() + 5)
    assert len(turns) > 1


@needs_timerfd
async def test_closed_clock_calls_nobody_back():
    clock = ExactClock()
    bells = Bells(clock, wanted=1)
    clock.call_at(clock.now_ms() + 1, bells.bell("closed"))
    clock.close()
    await until(LoopClock(), LoopClock().now_ms() + 5)
    assert bells.rung == {}


@needs_timerfd
async def test_clock_may_be_closed_by_who_is_called_back():
    failures = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
    clock = ExactClock()
    bells = Bells(clock, wanted=1)
    at_ms = clock.now_ms() + 1
    clock.call_at(at_ms, clock.close)
    clock.call_at(at_ms, bells.bell("due as well"))
    clock.call_at(at_ms + 3_600_000, bells.bell("closed"))
    await bells.all
    await asyncio.sleep(0)
    assert (list(bells.rung), failures) == (["due as well"], [])


def open_timers():
    """Return the timers of the kernel that this process has."""
    links = [path.readlink() for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    return [link for link in links if "timerfd" in str(link)]


@needs_timerfd
async def test_server_that_stops_gives_its_timer_back():
    before = open_timers()
    async with mock(scenario("pace: {first_ms: 1}\nsteps: [end]")) as served:
        await exchange(served.url, PATH, version="1.0")
        assert len(open_timers()) == len(before) + 1
    assert open_timers() == before


def is_readable(timer):
    """Tell whether a timer can be read now."""
    return bool(select([timer.fd], [], [], 0)[0])


@needs_timerfd
def test_timer_of_the_kernel_is_readable_from_its_time_on_until_it_is_set_anew():
    timer = TimerFd()
    assert not is_readable(timer)
    timer.set(1)
    assert is_readable(timer)
    assert is_readable(timer)
    timer.set(2**62)
    assert not is_readable(timer)
    timer.set(1)
    timer.unset()
    assert not is_readable(timer)
    timer.close()
