"""Drop: an event is not sent, and the others keep their times."""

import pytest

from streamproof.mock_ai.actions import Send
from streamproof.mock_ai.faults import Drop, Split
from tests.mock_ai.sample_plans import FINISH, GAP, PLAN, START, A, B


@pytest.mark.parametrize(
    ("fault", "left"),
    [
        pytest.param(Drop(at_event=1), [START, GAP, B, FINISH], id="the first"),
        pytest.param(Drop(at_event=2), [START, A, GAP, FINISH], id="its wait stays"),
        pytest.param(Drop(chance=1), [START, GAP, FINISH], id="all"),
    ],
)
def test_event_is_not_sent(fault, left):
    assert list(fault.apply(PLAN)) == left


def test_event_is_removed_from_a_chunk_with_several_events():
    three = Send(b"aAbBcC", (2, 4, 6))
    dropped = Drop(at_event=2).apply([START, three, FINISH])
    assert list(dropped) == [START, A, Send(b"cC", (2,)), FINISH]


def test_event_in_several_chunks_is_dropped_completely():
    pieces = Split(every_bytes=1).apply(PLAN)
    assert list(Drop(at_event=2).apply(pieces)) == [
        START,
        Send(b"a"),
        Send(b"A", (1,)),
        GAP,
        FINISH,
    ]


def test_seed_decides_which_events_are_dropped():
    events = [Send(bytes([65 + n]), (1,)) for n in range(20)]
    left = [list(Drop(chance=0.5, seed=seed).apply([START, *events])) for seed in (1, 1, 2)]
    assert left[0] == left[1] != left[2]
