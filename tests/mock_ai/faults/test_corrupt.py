"""Corrupt: the data of an event is damaged, its other lines are not."""

import pytest

from streamproof.mock_ai.actions import Send
from streamproof.mock_ai.errors import NeverReached
from streamproof.mock_ai.faults import Corrupt
from streamproof.mock_ai.faults.corrupt import Damage
from tests.mock_ai.faults.events import END, FINISH, GAP, ONE, PLAN, START, TWO, event


@pytest.mark.parametrize(
    ("what", "data"),
    [
        (Damage.JSON, b'{"type": "content", "content": "two"]'),
        (Damage.UTF_8, b'{"type": "content", "content": "two\xff"}'),
    ],
)
def test_data_is_damaged(what, data):
    damaged = list(Corrupt(at_event=2, what=what).apply(PLAN))
    assert damaged == [START, ONE, GAP, event(data), END, FINISH]


@pytest.mark.parametrize("seed", range(5))
def test_one_bit_of_the_data_flips(seed):
    _, _, _, found, *_ = Corrupt(at_event=2, what=Damage.BYTES, seed=seed).apply(PLAN)
    assert isinstance(found, Send)
    pairs = list(zip(found.data, TWO.data, strict=True))
    [(byte, was)] = [pair for pair in pairs if pair[0] != pair[1]]
    assert byte ^ was == 1
    assert found.data.startswith(b"event: message\ndata: ")


def test_list_is_closed_with_the_wrong_bracket():
    [found] = Corrupt(at_event=1).apply([event(b"[1]")])
    assert found == event(b"[1}")


def test_event_without_a_data_line_is_rejected():
    with pytest.raises(ValueError, match="no data line; is the body compressed"):
        list(Corrupt(at_event=1).apply([START, Send(b"\x1f\x8b", (2,)), FINISH]))


@pytest.mark.parametrize(
    ("what", "data"),
    [(Damage.BYTES, b"even\x75: message"), (Damage.UTF_8, b"even\xfft: message")],
)
def test_chosen_byte_is_damaged(what, data):
    [_, _, _, found, *_] = Corrupt(at_event=2, what=what, byte=4).apply(PLAN)
    assert isinstance(found, Send)
    assert found.data == TWO.data.replace(b"event: message", data)


def test_byte_that_the_event_does_not_have_is_rejected():
    size = len(TWO.data)
    with pytest.raises(NeverReached, match=f"{size} bytes; wanted at most {size - 1}") as caught:
        list(Corrupt(at_event=2, what=Damage.BYTES, byte=size).apply(PLAN))
    assert caught.value.key == "byte"


def test_byte_is_rejected_for_damage_to_json():
    with pytest.raises(ValueError, match="`byte` needs `what: bytes` or `what: utf-8`"):
        Corrupt(at_event=2, byte=4)
