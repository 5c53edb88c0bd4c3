"""When bytes leave: deadlines are absolute, and the journal has planned and actual times."""

import pytest

from tests.mock_ai.mock_fixture import JumpingClock, mock, scenario
from tests.mock_ai.raw_client import exchange

PATH = "/s/it/chat/stream?question=hi"
PACED = (
    "pace: {first_ms: 100, gap_ms: 40}\n"
    'steps: [{raw: "data: 1\\n\\n"}, {wait_ms: 5}, {raw: "data: 2\\n\\n"}]'
)


async def test_lateness_does_not_add_up():
    clock = JumpingClock(late_ms=7)
    async with mock(scenario(PACED), clock=clock) as served:
        await exchange(served.url, PATH, version="1.0")
        entry = await served.entry()
    assert [write.planned_ms for write in entry.writes] == [0, 100, 145]
    assert [write.actual_ms for write in entry.writes] == [0, 107, 152]
    assert clock.waited_for == [100, 145]


@pytest.mark.parametrize(("speed", "planned"), [(10, [0, 10, 14.5]), (0, [0, 0, 0])])
async def test_speed_divides_the_silences(speed, planned):
    async with mock(scenario(PACED), clock=JumpingClock(), speed=speed) as served:
        await exchange(served.url, PATH, version="1.0")
        entry = await served.entry()
    assert [write.planned_ms for write in entry.writes] == pytest.approx(planned)
    assert [write.actual_ms for write in entry.writes] == pytest.approx(planned)


async def test_journal_has_the_bytes_of_every_write():
    async with mock(scenario(PACED), speed=0) as served:
        head, body, _ = await exchange(served.url, PATH, version="1.0")
        entry = await served.entry()
    assert [write.data for write in entry.writes] == [head, body[:9], body[9:]]


async def test_silence_of_0_ms_makes_a_write_of_its_own():
    keys = 'steps: [{raw: "data: 1\\n\\n"}, {wait_ms: 0}, {raw: "data: 2\\n\\n"}]'
    async with mock(scenario(keys)) as served:
        await exchange(served.url, PATH, version="1.0")
        assert len((await served.entry()).writes) == 2
