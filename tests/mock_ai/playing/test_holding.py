"""Holds over HTTP: what lets a reply go on, and what does not."""

import asyncio

from streamproof.mock_ai.actions import Until
from streamproof.mock_ai.app import MOCK
from streamproof.mock_ai.journal.journal import ReplyEnding
from tests.mock_ai.mock_fixture import mock, scenario
from tests.mock_ai.raw_client import connection

PATH = "/s/it/chat/stream?question=hi"


def steps(hold):
    """Write a scenario that holds between two steps."""
    return scenario(f"steps: [{{raw: before}}, {{hold: {hold}}}, {{raw: after}}]")


async def held(served, number=0):
    """Return a request of the journal once its reply is held."""
    return await served.journal.wait_for(
        lambda journal: next(
            (e for n, e in enumerate(journal) if n == number and e.waits_for), None
        )
    )


async def test_held_reply_goes_on_when_it_is_released():
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


async def test_held_reply_goes_on_when_another_request_comes():
    async with mock(steps("until-next-request")) as served, connection(served.url) as client:
        await client.ask(PATH)
        await held(served)
        async with connection(served.url) as other:
            await other.ask(PATH)
            await client.until(b"after")
            assert await served.ending() is ReplyEnding.FINISHED
            assert served.app[MOCK].runs.unnamed.group.holds.release(await held(served, 1))
            await other.until(b"after")


async def test_reply_that_waits_for_its_client_to_leave_is_not_released():
    async with mock(steps("until-client-leaves")) as served:
        async with connection(served.url) as client:
            await client.ask(PATH)
            assert not served.app[MOCK].runs.unnamed.group.holds.release(await held(served))
        assert await served.ending() is ReplyEnding.CLIENT_LEFT


async def test_clients_that_leave_are_no_longer_held():
    async with mock(steps("until-released")) as served:
        async with connection(served.url) as client:
            await client.ask(PATH)
            entry = await held(served)
        assert await served.ending() is ReplyEnding.CLIENT_LEFT
        assert entry.waits_for is None


async def test_silences_after_a_hold_count_from_its_end():
    text = scenario("steps: [{hold: until-released}, {wait_ms: 20}, {raw: after}]")
    async with mock(text) as served, connection(served.url) as client:
        await client.ask(PATH)
        entry = await held(served)
        loop = asyncio.get_running_loop()
        released = loop.time()
        served.app[MOCK].runs.unnamed.group.holds.release(entry)
        await client.until(b"after")
        assert loop.time() - released >= 0.019
