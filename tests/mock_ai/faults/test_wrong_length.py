"""Wrong length: the head declares another number of bytes than the body has."""

import pytest

from streamproof.mock_ai.actions import HangUp, Send, SendOutsideBody, Start
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.errors import NeverReached
from streamproof.mock_ai.faults import WrongLength
from tests.mock_ai.mock_fixture import mock, scenario
from tests.mock_ai.raw_client import FIN, exchange
from tests.mock_ai.sample_plans import FINISH, GAP, PLAN, A, B


def declaring(size: int) -> Start:
    """Return a start with a Content-Length."""
    return Start(200, "OK", (("Content-Length", str(size)),), framing=Framing.LENGTH)


@pytest.mark.parametrize(
    ("by_bytes", "expected"),
    [
        pytest.param(6, [declaring(10), A, GAP, B, HangUp()], id="too long: closed early"),
        pytest.param(
            -1,
            [declaring(3), A, GAP, Send(b"b"), SendOutsideBody(b"B"), FINISH],
            id="too short: the rest is outside the body",
        ),
        pytest.param(
            -4,
            [declaring(0), SendOutsideBody(b"aA"), GAP, SendOutsideBody(b"bB"), FINISH],
            id="all bytes are outside the body",
        ),
    ],
)
def test_length_is_declared_wrongly(by_bytes, expected):
    assert list(WrongLength(by_bytes=by_bytes).apply(PLAN)) == expected


def test_length_that_is_already_declared_is_replaced():
    start = Start(200, "OK", (("content-length", "4"), ("X", "y")))
    found, *_ = WrongLength(by_bytes=1).apply([start, A, B, FINISH])
    headers = (("X", "y"), ("Content-Length", "5"))
    assert found == Start(200, "OK", headers, framing=Framing.LENGTH)


def test_length_below_0_is_rejected():
    with pytest.raises(NeverReached, match="the body has 4 bytes; wanted at least -4"):
        list(WrongLength(by_bytes=-5).apply(PLAN))


def test_correct_length_is_rejected():
    with pytest.raises(ValueError, match="by_bytes: wanted a number other than 0"):
        WrongLength(by_bytes=0)


@pytest.mark.parametrize("by_bytes", [3, -3])
async def test_all_bytes_are_sent_without_chunks_and_the_connection_closes(by_bytes):
    text = scenario(
        f'steps: [{{raw: "data: 1\\n\\n"}}]\nfaults: [{{wrong_length: {{by_bytes: {by_bytes}}}}}]'
    )
    async with mock(text) as served:
        head, body, ending = await exchange(served.url, "/s/it/chat/stream?question=hi")
    assert f"Content-Length: {9 + by_bytes}\r\n".encode() in head
    assert b"Transfer-Encoding" not in head
    assert (body, ending) == (b"data: 1\n\n", FIN)
