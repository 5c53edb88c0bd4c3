"""Holds: what releases a reply, and what does not."""

import asyncio

from streamproof.mock_ai.actions import Until
from streamproof.mock_ai.app import MOCK
from streamproof.mock_ai.journal.journal import Journal, JournalEntry, ReplyEnding
from streamproof.mock_ai.playing.holding import Holds
from tests.mock_ai.mock_fixture import mock, scenario
from tests.mock_ai.raw_client import connection
from tests.mock_ai.sample_requests import sample_context

PATH = "/s/it/chat/stream?question=hi"


def steps(hold):
    """Write a scenario that holds between two steps."""
    return scenario(f"steps: [{{raw: before}}, {{hold: {hold}}}, {{raw: after}}]")


async def held(served, number=0):
    """Wait until the reply of a request is held, and return its journal entry."""
    return await served.journal.wait_for(
        lambda journal: next(
            (e for n, e in enumerate(journal) if n == number and e.waits_for), None
        )
    )


async def test_held_reply_continues_when_it_is_released():
    async with mock(steps("until-released")) as served, connection(served.url) as client:
        group = served.app[MOCK].runs.unnamed.group
        await client.ask(PATH)
        await client.until(b"before")
        entry = await held(served)
        assert entry.waits_for is Until.RELEASED
        assert group.holds.release(entry)
        await client.until(b"after")
        assert await served.ending() is ReplyEnding.FINISHED
        assert not group.holds.release(entry)


async def test_held_reply_continues_when_another_request_arrives():
    async with mock(steps("until-next-request")) as served, connection(served.url) as client:
        await client.ask(PATH)
        await held(served)
        async with connection(served.url) as other:
            await other.ask(PATH)
            await client.until(b"after")
            assert await served.ending() is ReplyEnding.FINISHED
            assert served.app[MOCK].runs.unnamed.group.holds.release(await held(served, 1))
            await other.until(b"after")


async def test_reply_that_waits_for_its_client_to_leave_cannot_be_released():
    async with mock(steps("until-client-leaves")) as served:
        async with connection(served.url) as client:
            await client.ask(PATH)
            assert not served.app[MOCK].runs.unnamed.group.holds.release(await held(served))
        assert await served.ending() is ReplyEnding.CLIENT_LEFT


async def test_client_that_leaves_ends_the_hold():
    async with mock(steps("until-released")) as served:
        async with connection(served.url) as client:
            await client.ask(PATH)
            entry = await held(served)
        assert await served.ending() is ReplyEnding.CLIENT_LEFT
        assert entry.waits_for is None


async def test_delays_after_a_hold_count_from_its_end():
    text = scenario("steps: [{hold: until-released}, {wait_ms: 20}, {raw: after}]")
    async with mock(text) as served, connection(served.url) as client:
        await client.ask(PATH)
        entry = await held(served)
        loop = asyncio.get_running_loop()
        released = loop.time()
        served.app[MOCK].runs.unnamed.group.holds.release(entry)
        await client.until(b"after")
        assert loop.time() - released >= 0.019


async def test_second_release_of_a_hold_changes_nothing():
    entry = JournalEntry(sample_context())
    holds = Holds(Journal())
    hold = asyncio.ensure_future(holds.hold(entry, Until.RELEASED))
    await asyncio.sleep(0)
    assert holds.release(entry)
    assert holds.release(entry)
    await hold
    assert not holds.release(entry)
