"""Refuse: an error status takes the place of the whole stream."""

import pytest

from mock_ai.actions import Finish, Send, Start, start_of
from mock_ai.faults import Refuse
from tests.mock_ai.plans import PLAN

JSON = ("Content-Type", "application/json")
TEXT = ("Content-Type", "text/plain; charset=utf-8")


@pytest.mark.parametrize(
    ("fault", "start", "body"),
    [
        pytest.param(
            Refuse(status=503),
            Start(503, "Service Unavailable", (JSON, ("Content-Length", "32"))),
            b'{"error": "Service Unavailable"}',
            id="by default the reason as JSON",
        ),
        pytest.param(
            Refuse(status=529, reason="Overloaded", body={"type": "overloaded"}),
            Start(529, "Overloaded", (JSON, ("Content-Length", "22"))),
            b'{"type": "overloaded"}',
            id="an object is JSON",
        ),
        pytest.param(
            Refuse(status=502, body="Bad é", headers={"retry-after": 1}),
            Start(502, "Bad Gateway", (TEXT, ("Content-Length", "6"), ("retry-after", "1"))),
            "Bad é".encode(),
            id="text as it stands",
        ),
    ],
)
def test_refuse_answers(fault, start, body):
    assert list(fault.apply(PLAN)) == [start, Send(body), Finish()]


def test_empty_body_has_length_0_and_no_chunk():
    actions = list(Refuse(status=500, body="").apply(PLAN))
    assert ("Content-Length", "0") in start_of(actions).headers
    assert actions[1:] == [Finish()]
