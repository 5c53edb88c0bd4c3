"""Stall: silence at a place, for a limited time or until the client leaves."""

import pytest

from streamproof.mock_ai.actions import HangUp, Hold, Send, Until, Wait
from streamproof.mock_ai.errors import NeverReached
from streamproof.mock_ai.faults import Stall
from tests.mock_ai.sample_plans import FINISH, GAP, PLAN, START, A, B

ENDLESS = [Hold(Until.CLIENT_LEAVES), HangUp()]


@pytest.mark.parametrize(
    ("fault", "stalled"),
    [
        pytest.param(Stall(after_events=0), [START, *ENDLESS], id="before the first byte"),
        pytest.param(Stall(after_events=1), [START, A, *ENDLESS], id="without an end"),
        pytest.param(
            Stall(after_events=1, for_ms=500),
            [START, A, Wait(500), GAP, B, FINISH],
            id="for a limited time, then the rest at its pace",
        ),
        pytest.param(
            Stall(after_events=2, for_ms=500),
            [START, A, GAP, B, Wait(500), FINISH],
            id="between the last byte and the end",
        ),
    ],
)
def test_stream_is_silent_after_the_place(fault, stalled):
    assert list(fault.apply(PLAN)) == stalled


def test_place_that_is_never_reached_is_rejected():
    with pytest.raises(NeverReached):
        list(Stall(after_events=9).apply(PLAN))


def test_stall_can_be_inside_a_chunk():
    stalled = Stall(after_bytes=1, for_ms=500, keep_chunks=True).apply([START, A, FINISH])
    assert list(stalled) == [START, Send(b"a", continues=True), Wait(500), Send(b"A", (1,)), FINISH]


def test_endless_stall_leaves_its_chunk_unfinished():
    stalled = Stall(after_bytes=1, keep_chunks=True).apply([START, A, FINISH])
    assert list(stalled) == [START, Send(b"a", continues=True), Hold(), HangUp(missing_bytes=1)]


def test_for_ms_and_missing_bytes_exclude_each_other():
    with pytest.raises(ValueError, match="wanted only one of for_ms and missing_bytes"):
        Stall(after_bytes=1, for_ms=5, missing_bytes=1)
