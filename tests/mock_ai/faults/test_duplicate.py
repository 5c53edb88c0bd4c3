"""Duplicate: an event is sent again, directly after itself."""

import pytest

from streamproof.mock_ai.errors import NeverReached
from streamproof.mock_ai.faults import Duplicate
from tests.mock_ai.sample_plans import FINISH, GAP, PLAN, START, A, B


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        pytest.param(Duplicate(at_event=1), [START, A, A, GAP, B, FINISH], id="the first"),
        pytest.param(
            Duplicate(at_event=2, times=3), [START, A, GAP, B, B, B, FINISH], id="three times"
        ),
        pytest.param(Duplicate(chance=1), [START, A, A, GAP, B, B, FINISH], id="each"),
        pytest.param(Duplicate(chance=0), PLAN, id="none"),
    ],
)
def test_event_is_repeated(fault, expected):
    assert list(fault.apply(PLAN)) == expected


@pytest.mark.parametrize(
    ("place", "number"),
    [
        ({"after_events": 0}, 1),
        ({"after_events": 1}, 2),
        ({"after_bytes": 1}, 1),
        ({"after_bytes": 2}, 2),
        ({"after_ms": 0}, 1),
        ({"after_ms": 1}, 2),
        ({"after_ms": GAP.ms}, 2),
    ],
)
def test_event_is_the_first_that_is_not_complete_at_a_place(place, number):
    assert list(Duplicate(**place).apply(PLAN)) == list(Duplicate(at_event=number).apply(PLAN))


@pytest.mark.parametrize("place", [{"after_events": 2}, {"after_bytes": 4}, {"after_ms": 6_000}])
def test_place_after_the_last_event_is_rejected(place):
    with pytest.raises(NeverReached) as caught:
        list(Duplicate(**place).apply(PLAN))
    assert [caught.value.key] == list(place)


def test_event_that_the_stream_does_not_have_is_rejected():
    with pytest.raises(NeverReached, match="never reached: the stream has 2 events, not 3"):
        list(Duplicate(at_event=3).apply(PLAN))


@pytest.mark.parametrize("choice", [{}, {"at_event": 1, "chance": 0.5}])
def test_exactly_one_place_is_given(choice):
    with pytest.raises(ValueError, match=r"wanted exactly one of after_events, .* and chance"):
        Duplicate(**choice)
