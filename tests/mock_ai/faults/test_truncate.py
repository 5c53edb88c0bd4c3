"""Truncate: the data ends early, and the event is still complete."""

import pytest

from streamproof.mock_ai.errors import NeverReached
from streamproof.mock_ai.faults import Truncate
from tests.mock_ai.faults.events import END, END_DATA, FINISH, GAP, ONE, PLAN, START, TWO, event


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        pytest.param(
            Truncate(at_event=2, keep_bytes=5),
            [START, ONE, GAP, event(b'{"typ'), END, FINISH],
            id="keep_bytes stay",
        ),
        pytest.param(
            Truncate(at_event=3),
            [START, ONE, GAP, TWO, event(b'{"type"', b"end"), FINISH],
            id="half by default",
        ),
    ],
)
def test_data_is_cut_short(fault, expected):
    assert list(fault.apply(PLAN)) == expected


def test_data_that_is_already_short_enough_is_rejected():
    with pytest.raises(NeverReached, match="the data has 15 bytes"):
        list(Truncate(at_event=3, keep_bytes=len(END_DATA)).apply(PLAN))
