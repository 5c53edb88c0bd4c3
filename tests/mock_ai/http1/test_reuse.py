"""Which replies leave a connection on which another one can follow."""

import pytest

from streamproof.mock_ai.actions import Closing, Finish, HangUp, Send, SendOutsideBody, Start
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.http1.reuse import is_reusable

OK = Start(200, "OK")
LONG = Start(200, "OK", (("Content-Length", "3"),), framing=Framing.LENGTH)
A, B = Send(b"aaa"), Send(b"b" * 17)
OUTSIDE = SendOutsideBody(b"x")
IDLE = Closing(idle_ms=5)


def connection(value):
    """Return a reply with this header `Connection`."""
    return [Start(200, "OK", (("Connection", value),)), A, Finish()]


@pytest.mark.parametrize(
    ("actions", "framing", "reusable"),
    [
        pytest.param([OK, A, Finish()], Framing.CHUNKED, True, id="finished"),
        pytest.param([OK, A, HangUp()], Framing.CHUNKED, False, id="cut"),
        pytest.param([OK, A, Finish()], Framing.CLOSE, False, id="ends by closing"),
        pytest.param([LONG, A, Finish()], Framing.LENGTH, True, id="length as declared"),
        pytest.param([LONG, B, Finish()], Framing.LENGTH, False, id="length not as declared"),
        pytest.param([LONG, A, Finish()], Framing.NONE, True, id="no body"),
        pytest.param([OK, A, Finish(b"x")], Framing.CHUNKED, False, id="garbage after the body"),
        pytest.param([OK, A, OUTSIDE, Finish()], Framing.CHUNKED, False, id="bytes between chunks"),
        pytest.param([OK, A, OUTSIDE, Finish()], Framing.NONE, True, id="no body, nor more"),
        pytest.param([OK, A, Finish(closing=Closing())], Framing.CHUNKED, False, id="closed"),
        pytest.param([OK, A, Finish(closing=IDLE)], Framing.CHUNKED, True, id="closed when idle"),
        pytest.param(connection("close"), Framing.CHUNKED, False, id="announced"),
        pytest.param(connection("X, Close"), Framing.CHUNKED, False, id="announced in a list"),
        pytest.param(connection("x-close"), Framing.CHUNKED, True, id="another connection option"),
    ],
)
def test_connection_is_reusable_only_after_a_body_with_a_known_end(actions, framing, reusable):
    assert is_reusable(actions, framing) is reusable
