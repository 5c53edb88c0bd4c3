"""Rename: another name, the same data."""

import pytest

from streamproof.mock_ai.actions import Send
from streamproof.mock_ai.faults import Rename
from tests.mock_ai.faults.events import ONE_DATA, event

NAMED, UNNAMED, DELTA = event(ONE_DATA), event(ONE_DATA, None), event(ONE_DATA, b"delta")
CRLF = Send(b"event: a\r\ndata: b\r\n\r\n", (21,))


@pytest.mark.parametrize(
    ("sent", "to", "renamed"),
    [
        pytest.param(NAMED, "delta", DELTA, id="another name"),
        pytest.param(NAMED, None, UNNAMED, id="no name"),
        pytest.param(UNNAMED, "delta", DELTA, id="a new name"),
        pytest.param(UNNAMED, None, UNNAMED, id="still no name"),
        pytest.param(CRLF, "ü", Send("event: ü\r\ndata: b\r\n\r\n".encode(), (22,)), id="CRLF"),
    ],
)
def test_name_is_replaced(sent, to, renamed):
    assert list(Rename(at_event=1, to=to).apply([sent])) == [renamed]


def test_comment_before_the_event_is_kept():
    sent = Send(b": hi\n\n" + NAMED.data, (6 + len(NAMED.data),))
    [found] = Rename(at_event=1, to="delta").apply([sent])
    assert found == Send(b": hi\n\n" + DELTA.data, (6 + len(DELTA.data),))
