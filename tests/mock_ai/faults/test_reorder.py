"""Reorder: the bytes of events change places, their times do not."""

import pytest

from streamproof.mock_ai.actions import Action, Send
from streamproof.mock_ai.errors import NeverReached
from streamproof.mock_ai.faults import Drop, Reorder
from tests.mock_ai.sample_plans import FINISH, GAP, START, A, B

C = Send(b"cC", (2,))
STREAM: list[Action] = [START, A, GAP, B, C, FINISH]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        pytest.param(Reorder(at_event=1), [START, B, GAP, A, C, FINISH], id="two change places"),
        pytest.param(Reorder(at_event=1, behind=2), [START, B, GAP, C, A, FINISH], id="to the end"),
        pytest.param(Reorder(at_event=2), [START, A, GAP, C, B, FINISH], id="the last two"),
        pytest.param(Reorder(chance=0), STREAM, id="none"),
    ],
)
def test_event_is_sent_later(fault, expected):
    assert list(fault.apply(STREAM)) == expected


def test_nothing_is_lost_when_every_event_is_chosen():
    sent = [action for action in Reorder(chance=1).apply(STREAM) if isinstance(action, Send)]
    assert sorted(send.data for send in sent) == [b"aA", b"bB", b"cC"]


@pytest.mark.parametrize("behind", [1, 2, 3, 7])
@pytest.mark.parametrize("chance", [0.3, 0.7, 1])
def test_each_chosen_event_moves_behind_those_that_follow_it_by_then(behind, chance):
    stream: list[Action] = [START, *(Send(bytes([number]), (1,)) for number in range(30)), FINISH]
    fault = Reorder(chance=chance, behind=behind)
    order = list(range(30))
    for number in fault.numbers(stream):
        place = order.index(number - 1)
        order.insert(place + behind, order.pop(place))
    sent = [action.data for action in fault.apply(stream) if isinstance(action, Send)]
    assert b"".join(sent) == bytes(order)


def test_place_behind_the_last_event_is_rejected():
    with pytest.raises(NeverReached, match="event 2 has 1 event after it, not 2") as caught:
        list(Reorder(at_event=2, behind=2).apply(STREAM))
    assert caught.value.key == "behind"


def test_event_without_bytes_of_its_own_is_rejected():
    packed: list[Action] = [START, Send(b"xy", (2, 2)), FINISH]
    with pytest.raises(ValueError, match="event 2 has no bytes of its own"):
        list(Drop(at_event=2).apply(packed))
    with pytest.raises(ValueError, match="event 2 has no bytes of its own"):
        list(Reorder(at_event=1).apply(packed))
    assert list(Drop(chance=1).apply(packed)) == [START, FINISH]
