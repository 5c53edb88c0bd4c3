"""Join: bytes are held back until enough events are complete."""

import pytest

from mock_ai.actions import HangUp, Hold, Send
from mock_ai.faults import Join
from tests.mock_ai.plans import FINISH, GAP, PLAN, START, A, B

BOTH = Send(b"aAbB", (2, 4))
C = Send(b"cC", (2,))
COMMENT = Send(b":\n\n")


def test_all_events_leave_together_at_the_time_of_the_last():
    assert list(Join().apply(PLAN)) == [START, GAP, BOTH, FINISH]


@pytest.mark.parametrize(
    ("body", "joined"),
    [
        pytest.param([A, B, C], [BOTH, C], id="the rest leaves at the end"),
        pytest.param([A, COMMENT, B], [Send(b"aA:\n\nbB", (2, 7))], id="a comment waits, too"),
        pytest.param([BOTH, C], [BOTH, C], id="a chunk with enough events leaves alone"),
    ],
)
def test_two_by_two(body, joined):
    assert list(Join(events=2).apply([START, *body, FINISH])) == [START, *joined, FINISH]


@pytest.mark.parametrize("ending", [Hold(), HangUp(), HangUp(reset=True)])
def test_nothing_is_lost_before(ending):
    assert list(Join(events=2).apply([START, A, ending])) == [START, A, ending]
