"""Trailing: garbage in the body after its events, or on the connection after the body."""

import pytest

from streamproof.mock_ai.actions import Finish, HangUp, Send
from streamproof.mock_ai.errors import NeverReached
from streamproof.mock_ai.faults import Trailing
from tests.mock_ai.faults.events import FINISH, PLAN, START
from tests.mock_ai.mock_fixture import mock, scenario
from tests.mock_ai.raw_client import FIN, exchange


@pytest.mark.parametrize(
    ("fault", "after"),
    [
        (Trailing(text="oops"), [Send(b"oops"), FINISH]),
        (Trailing(text="data: x\n\n"), [Send(b"data: x\n\n", (9,)), FINISH]),
        (Trailing(text="oops", after="body"), [Finish(b"oops")]),
    ],
    ids=["no event", "one more event", "after the body"],
)
def test_garbage_is_sent_last(fault, after):
    assert list(fault.apply(PLAN)) == [*PLAN[:-1], *after]


def test_stream_without_a_proper_end_is_rejected():
    with pytest.raises(NeverReached, match="the stream does not end properly"):
        list(Trailing(text="oops").apply([START, HangUp()]))


async def test_garbage_after_the_body_follows_the_last_chunk_before_the_close():
    text = scenario(
        'steps: [{raw: "data: 1\\n\\n"}]\nfaults: [{trailing: {text: oops, after: body}}]'
    )
    async with mock(text) as served:
        _, body, ending = await exchange(served.url, "/s/it/chat/stream?question=hi")
    assert (body, ending) == (b"9\r\ndata: 1\n\n\r\n0\r\n\r\noops", FIN)
