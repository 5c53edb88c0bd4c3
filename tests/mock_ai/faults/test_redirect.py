"""Redirect: a redirect replaces the stream."""

import pytest

from streamproof.mock_ai.actions import Finish, Start
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.faults import Redirect
from tests.mock_ai.sample_plans import PLAN


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        (Redirect(location="/x"), 307, "Temporary Redirect"),
        (Redirect(location="/x", status=301), 301, "Moved Permanently"),
    ],
)
def test_redirect_replaces_the_stream(fault, status, reason):
    headers = (("Location", "/x"), ("Content-Length", "0"))
    assert list(fault.apply(PLAN)) == [
        Start(status, reason, headers, framing=Framing.LENGTH),
        Finish(),
    ]


def test_location_with_a_line_end_is_rejected():
    with pytest.raises(ValueError, match="Location cannot contain CR, LF or NUL"):
        list(Redirect(location="/x\r\nX: y").apply(PLAN))
