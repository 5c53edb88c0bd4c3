"""Stall: silence at a place, for a while or for ever."""

import pytest

from streamproof.mock_ai.actions import HangUp, Hold, Send, Until, Wait
from streamproof.mock_ai.errors import NeverReached
from streamproof.mock_ai.faults import Stall
from tests.mock_ai.sample_plans import FINISH, GAP, PLAN, START, A, B

FOR_EVER = [Hold(Until.CLIENT_LEAVES), HangUp()]


@pytest.mark.parametrize(
    ("fault", "stalled"),
    [
        pytest.param(Stall(after_events=0), [START, *FOR_EVER], id="before the first byte"),
        pytest.param(Stall(after_events=1), [START, A, *FOR_EVER], id="for ever"),
        pytest.param(
            Stall(after_events=1, for_ms=500),
            [START, A, Wait(500), GAP, B, FINISH],
            id="for a while, then the rest at its pace",
        ),
        pytest.param(
            Stall(after_events=2, for_ms=500),
            [START, A, GAP, B, Wait(500), FINISH],
            id="between the last byte and the end",
        ),
    ],
)
def test_stall_falls_silent(fault, stalled):
    assert list(fault.apply(PLAN)) == stalled


def test_place_that_is_never_reached_is_refused():
    with pytest.raises(NeverReached):
        list(Stall(after_events=9).apply(PLAN))


def test_stall_falls_inside_a_chunk():
    stalled = Stall(after_bytes=1, for_ms=500, keep_chunks=True).apply([START, A, FINISH])
    assert list(stalled) == [START, Send(b"a", continues=True), Wait(500), Send(b"A", (1,)), FINISH]


def test_stall_for_ever_leaves_its_chunk_unfinished():
    stalled = Stall(after_bytes=1, keep_chunks=True).apply([START, A, FINISH])
    assert list(stalled) == [START, Send(b"a", continues=True), Hold(), HangUp(missing_bytes=1)]


def test_stall_that_goes_on_owes_nothing():
    with pytest.raises(ValueError, match="missing_bytes: what comes after for_ms would not fit"):
        Stall(after_bytes=1, for_ms=5, missing_bytes=1)
