"""Hang up: the connection closes without an answer."""

from dataclasses import replace

import pytest

from streamproof.mock_ai.actions import HangUp
from streamproof.mock_ai.faults import HangUpFirst
from streamproof.mock_ai.journal.journal import ReplyEnding
from tests.mock_ai.mock_fixture import mock, scenario
from tests.mock_ai.raw_client import FIN, RST, connection
from tests.mock_ai.sample_plans import PLAN, START


@pytest.mark.parametrize("reset", [False, True])
def test_nothing_is_sent(reset):
    expected = [replace(START, sent=False), HangUp(reset=reset)]
    assert list(HangUpFirst(reset=reset).apply(PLAN)) == expected


@pytest.mark.parametrize(
    ("keys", "ending", "ended"),
    [("{}", FIN, ReplyEnding.CUT), ("{reset: true}", RST, ReplyEnding.RESET)],
    ids=["fin", "rst"],
)
async def test_connection_ends_without_a_byte(keys, ending, ended):
    async with mock(scenario(f"steps: [end]\nfaults: [{{hang_up: {keys}}}]")) as served:
        async with connection(served.url) as raw:
            await raw.ask("/s/it/chat/stream?question=hi")
            assert await raw.rest() == (b"", ending)
        assert await served.ending() is ended


@pytest.mark.parametrize("text", ["HTTP/1.1 200 OK\\r\\nContent-Ty", "SSH-2.0-OpenSSH_9.7\\r\\n"])
async def test_only_the_text_is_sent_before_the_close(text):
    keys = f'steps: [end]\nfaults: [{{hang_up: {{text: "{text}"}}}}]'
    async with mock(scenario(keys)) as served, connection(served.url) as raw:
        await raw.ask("/s/it/chat/stream?question=hi")
        assert await raw.rest() == (text.encode().decode("unicode_escape").encode(), FIN)
