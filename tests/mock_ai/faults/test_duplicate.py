"""Duplicate: an event comes again, right behind itself."""

import pytest

from mock_ai.errors import NeverReached
from mock_ai.faults import Duplicate
from tests.mock_ai.plans import FINISH, GAP, PLAN, START, A, B


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        pytest.param(Duplicate(at_event=1), [START, A, A, GAP, B, FINISH], id="the first"),
        pytest.param(Duplicate(at_event=2, times=3), [START, A, GAP, B, B, B, FINISH], id="thrice"),
        pytest.param(Duplicate(chance=1), [START, A, A, GAP, B, B, FINISH], id="each"),
        pytest.param(Duplicate(chance=0), PLAN, id="none"),
    ],
)
def test_event_is_repeated(fault, expected):
    assert list(fault.apply(PLAN)) == expected


def test_event_that_the_stream_does_not_have_is_refused():
    with pytest.raises(NeverReached, match="never reached: the stream has 2 events, not 3"):
        list(Duplicate(at_event=3).apply(PLAN))


@pytest.mark.parametrize("choice", [{}, {"at_event": 1, "chance": 0.5}])
def test_exactly_one_way_of_choosing_is_given(choice):
    with pytest.raises(ValueError, match="wanted one of at_event and chance"):
        Duplicate(**choice)
