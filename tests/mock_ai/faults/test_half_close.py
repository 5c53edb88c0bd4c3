"""Half close: the mock sends FIN, and continues to receive until the client leaves."""

import pytest

from streamproof.mock_ai.actions import HangUp
from streamproof.mock_ai.faults import HalfClose
from streamproof.mock_ai.journal.journal import ReplyEnding
from tests.mock_ai.mock_fixture import mock, scenario
from tests.mock_ai.raw_client import FIN, connection
from tests.mock_ai.sample_plans import PLAN, START, A

TWO = 'steps: [{raw: "data: 1\\n\\n"}, {raw: "data: 2\\n\\n"}]'


def test_rest_is_replaced_by_a_close_of_the_sending_direction():
    assert list(HalfClose(after_events=1).apply(PLAN)) == [START, A, HangUp(half=True)]


def test_reset_cannot_be_half():
    with pytest.raises(ValueError, match="a reset closes both directions"):
        HangUp(reset=True, half=True)


async def test_client_reads_the_end_and_decides_when_to_close():
    text = scenario(f"{TWO}\nfaults: [{{half_close: {{after_events: 1}}}}]")
    async with mock(text) as served:
        async with connection(served.url) as raw:
            await raw.ask("/s/it/chat/stream?question=hi")
            await raw.until(b"\r\n\r\n")
            assert await raw.rest() == (b"9\r\ndata: 1\n\n\r\n", FIN)
            [entry] = served.journal
            assert entry.ending is None
        assert await served.ending() is ReplyEnding.CLIENT_LEFT
