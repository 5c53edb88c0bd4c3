"""Silence: the request is accepted, and no byte is sent."""

from dataclasses import replace

from streamproof.mock_ai.actions import HangUp, Hold
from streamproof.mock_ai.faults import Silence
from streamproof.mock_ai.journal.journal import ReplyEnding
from tests.mock_ai.mock_fixture import mock, scenario
from tests.mock_ai.raw_client import connection
from tests.mock_ai.sample_plans import PLAN, START


def test_nothing_is_sent_until_the_client_leaves():
    assert list(Silence().apply(PLAN)) == [replace(START, sent=False), Hold(), HangUp()]


async def test_silent_reply_ends_when_the_client_leaves():
    async with mock(scenario("steps: [end]\nfaults: [{silence: {}}]")) as served:
        async with connection(served.url) as raw:
            await raw.ask("/s/it/chat/stream?question=hi")
            await served.journal.wait_for(lambda journal: next(iter(journal), None))
        entry = await served.entry()
    assert (entry.ending, entry.writes) == (ReplyEnding.CLIENT_LEFT, [])
