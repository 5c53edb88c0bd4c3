"""Corrupt: the data of an event is damaged, its lines are not."""

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


def test_a_list_is_closed_wrongly_too():
    [found] = Corrupt(at_event=1).apply([event(b"[1]")])
    assert found == event(b"[1}")


def test_event_without_lines_is_refused():
    with pytest.raises(ValueError, match="an event without data cannot be changed"):
        list(Corrupt(at_event=1).apply([START, Send(b"\x1f\x8b", (2,)), FINISH]))


@pytest.mark.parametrize(
    ("what", "data"),
    [(Damage.BYTES, b"even\x75: message"), (Damage.UTF_8, b"even\xfft: message")],
)
def test_certain_byte_is_damaged(what, data):
    [_, _, _, found, *_] = Corrupt(at_event=2, what=what, byte=4).apply(PLAN)
    assert isinstance(found, Send)
    assert found.data == TWO.data.replace(b"event: message", data)


def test_byte_that_the_event_does_not_have_is_refused():
    with pytest.raises(NeverReached, match=f"the event has {len(TWO.data)} bytes, not 900"):
        list(Corrupt(at_event=2, what=Damage.BYTES, byte=900).apply(PLAN))


def test_json_is_not_broken_at_a_certain_byte():
    with pytest.raises(ValueError, match="byte: wanted what: bytes or what: utf-8 with it"):
        Corrupt(at_event=2, byte=4)
