"""Drip: every piece waits for the time that its bytes need on a slow line."""

import pytest

from streamproof.mock_ai.actions import Send, Wait
from streamproof.mock_ai.faults import Drip
from tests.mock_ai.sample_plans import FINISH, GAP, PLAN, START, A

SMALL_A, BIG_A, SMALL_B, BIG_B = Send(b"a"), Send(b"A", (1,)), Send(b"b"), Send(b"B", (1,))


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        pytest.param(
            Drip(bytes_per_second=500),
            [
                START,
                *(Wait(2), SMALL_A, Wait(2), BIG_A),
                GAP,
                *(Wait(2), SMALL_B, Wait(2), BIG_B),
                FINISH,
            ],
            id="byte by byte from the beginning",
        ),
        pytest.param(
            Drip(bytes_per_second=500, every_bytes=10, after_events=1),
            [START, A, GAP, Wait(4), Send(b"bB", (2,)), FINISH],
            id="the last piece may be smaller",
        ),
        pytest.param(
            Drip(bytes_per_second=1000, after_bytes=3),
            [START, A, GAP, SMALL_B, Wait(1), BIG_B, FINISH],
            id="starting inside an event",
        ),
    ],
)
def test_bytes_are_sent_slowly(fault, expected):
    assert list(fault.apply(PLAN)) == expected
