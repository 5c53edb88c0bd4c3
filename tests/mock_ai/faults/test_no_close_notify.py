"""No close_notify: every close of a reply is marked, and a complete reply closes as well."""

import pytest

from streamproof.mock_ai.actions import Closing, Finish, HangUp
from streamproof.mock_ai.faults import NoCloseNotify
from tests.mock_ai.faults.events import ONE, PLAN, START
from tests.mock_ai.mock_fixture import mock, scenario
from tests.mock_ai.raw_client import FIN, exchange


@pytest.mark.parametrize(
    ("ending", "changed"),
    [
        (Finish(), Finish(closing=Closing(close_notify=False))),
        (
            Finish(closing=Closing(idle_ms=5)),
            Finish(closing=Closing(idle_ms=5, close_notify=False)),
        ),
        (HangUp(), HangUp(close_notify=False)),
    ],
    ids=["complete", "already closing", "cut"],
)
def test_only_the_close_changes(ending, changed):
    assert list(NoCloseNotify().apply([START, ONE, ending])) == [START, ONE, changed]


def test_stream_stays_as_it_is():
    assert list(NoCloseNotify().apply(PLAN))[:-1] == PLAN[:-1]


@pytest.mark.parametrize("cut", ["", "{cut: {after_events: 1}}, "])
async def test_without_tls_the_connection_closes_by_fin(cut):
    text = scenario(f'steps: [{{raw: "data: 1\\n\\n"}}]\nfaults: [{cut}no_close_notify: {{}}]')
    async with mock(text) as served:
        _, body, ending = await exchange(served.url, "/s/it/chat/stream?question=hi")
    assert body.startswith(b"9\r\ndata: 1\n\n\r\n")
    assert ending is FIN
