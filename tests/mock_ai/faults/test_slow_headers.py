"""Slow headers: the whole reply is delayed, and its own waits stay."""

from dataclasses import replace

from streamproof.mock_ai.actions import HangUp, Wait
from streamproof.mock_ai.faults import Cut, SlowHeaders
from tests.mock_ai.mock_fixture import JumpingClock, mock, scenario
from tests.mock_ai.raw_client import exchange
from tests.mock_ai.sample_plans import PLAN, START, A


def test_delay_comes_before_the_headers():
    slow = list(SlowHeaders(after_ms=500).apply(PLAN))
    assert slow == [replace(START, after_ms=500), *PLAN[1:]]


def test_two_delays_add_up():
    slow = SlowHeaders(after_ms=200).apply(SlowHeaders(after_ms=500).apply(PLAN))
    assert next(iter(slow)) == replace(START, after_ms=700)


def test_delay_of_the_headers_counts_for_after_ms():
    late, *rest = SlowHeaders(after_ms=500).apply(PLAN)
    assert list(Cut(after_ms=505).apply([late, *rest])) == [late, A, Wait(5), HangUp()]
    assert list(Cut(after_ms=300).apply([late, *rest])) == [late, HangUp()]


async def test_every_write_is_delayed():
    clock = JumpingClock()
    text = scenario(
        'steps: [{raw: "data: 1\\n\\n"}, {wait_ms: 40}, {raw: "data: 2\\n\\n"}]\n'
        "faults: [{slow_headers: {after_ms: 3000}}]"
    )
    async with mock(text, clock=clock) as served:
        await exchange(served.url, "/s/it/chat/stream?question=hi", "1.0")
        entry = await served.entry()
    assert [write.planned_ms for write in entry.writes] == [3000, 3040]
    assert clock.waited_for[:2] == [3000, 3040]
