"""Join: bytes are held back until there are enough of them, or for a limited time."""

import pytest

from streamproof.mock_ai.actions import HangUp, Hold, Send, Wait
from streamproof.mock_ai.faults import Join
from tests.mock_ai.sample_plans import FINISH, GAP, PLAN, START, A, B

BOTH = Send(b"aAbB", (2, 4))
C = Send(b"cC", (2,))
COMMENT = Send(b":\n\n")


def test_all_events_leave_together_at_the_time_of_the_last():
    assert list(Join().apply(PLAN)) == [START, GAP, BOTH, FINISH]


@pytest.mark.parametrize(
    ("body", "joined"),
    [
        pytest.param([A, B, C], [BOTH, C], id="the rest leaves at the end"),
        pytest.param([A, COMMENT, B], [Send(b"aA:\n\nbB", (2, 7))], id="a comment is held back"),
        pytest.param([BOTH, C], [BOTH, C], id="a chunk with enough events leaves alone"),
    ],
)
def test_two_events_leave_in_one_chunk(body, joined):
    assert list(Join(events=2).apply([START, *body, FINISH])) == [START, *joined, FINISH]


@pytest.mark.parametrize("ending", [Hold(), HangUp(), HangUp(reset=True)])
def test_held_bytes_leave_before_the_ending(ending):
    assert list(Join(events=2).apply([START, A, ending])) == [START, A, ending]


@pytest.mark.parametrize(
    ("body", "joined"),
    [
        pytest.param([A, B, C], [BOTH, C], id="enough bytes"),
        pytest.param([A, Wait(9), B], [Wait(9), BOTH], id="in time"),
        pytest.param([A, Wait(10), B], [Wait(10), A, Wait(0), B], id="just too late"),
        pytest.param([A, Wait(30), B], [Wait(10), A, Wait(20), B], id="inside a wait"),
        pytest.param(
            [A, Wait(6), Send(b":"), Wait(6), B],
            [Wait(6), Wait(4), Send(b"aA:", (2,)), Wait(2), B],
            id="counted from the first chunk",
        ),
    ],
)
def test_bytes_wait_for_more_for_a_limited_time(body, joined):
    fault = Join(bytes=4, for_ms=10)
    assert list(fault.apply([START, *body, FINISH])) == [START, *joined, FINISH]


def test_bytes_before_the_place_are_not_held_back():
    assert list(Join(after_events=1).apply([START, A, B, C, FINISH])) == [
        START,
        A,
        Send(b"bBcC", (2, 4)),
        FINISH,
    ]
