"""Places: the same keys for every fault; a place that is never reached is rejected."""

import pytest

from streamproof.mock_ai.actions import Action, HangUp, Hold, Send, Start, Wait
from streamproof.mock_ai.errors import NeverReached
from streamproof.mock_ai.faults import Cut
from tests.mock_ai.sample_plans import FINISH, GAP, PLAN, START, A, B

SLOW: list[Action] = [START, Wait(10), A, Wait(20), B, Wait(5), FINISH]
HELD: list[Action] = [START, Wait(10), Hold(), A, FINISH]


@pytest.mark.parametrize(
    ("place", "stream", "left"),
    [
        pytest.param({"after_ms": 0}, SLOW, [START], id="immediately"),
        pytest.param({"after_ms": 4}, SLOW, [START, Wait(4)], id="inside a wait"),
        pytest.param({"after_ms": 10}, SLOW, [START, Wait(10)], id="before bytes due at that time"),
        pytest.param({"after_ms": 25}, SLOW, [START, Wait(10), A, Wait(15)], id="between events"),
        pytest.param({"after_ms": 35}, SLOW, SLOW[:-1], id="before the end"),
        pytest.param({"after_ms": 10}, HELD, [START, Wait(10)], id="a hold takes no time"),
        pytest.param(
            {"after_ms": 30},
            [Start(200, "OK", after_ms=25), Wait(10), FINISH],
            [Start(200, "OK", after_ms=25), Wait(5)],
            id="the delay of the headers counts",
        ),
        pytest.param({"at_event": 1}, PLAN, [START], id="at the first byte of an event"),
        pytest.param({"at_event": 2}, PLAN, [START, A], id="at the end of the event before"),
        pytest.param({"at_event": 2, "byte": 1}, PLAN, [START, A, GAP, Send(b"b")], id="inside"),
        pytest.param({"chance": 1}, PLAN, [START], id="the first event that is drawn"),
    ],
)
def test_stream_is_sent_up_to_the_place(place, stream, left):
    assert list(Cut(**place).apply(stream)) == [*left, HangUp()]


def test_chance_0_never_strikes():
    assert list(Cut(chance=0).apply(PLAN)) == PLAN


def test_seed_decides_where_chance_strikes():
    stream: list[Action] = [START, *[A] * 50, FINISH]
    lengths = [len(list(Cut(chance=0.1, seed=seed).apply(stream))) for seed in (1, 1, 2, 3)]
    assert lengths[0] == lengths[1]
    assert len(set(lengths)) > 1


@pytest.mark.parametrize(
    ("place", "key", "message"),
    [
        ({"after_ms": 36}, "after_ms", "never reached: the stream ends before 36 ms"),
        ({"at_event": 3}, "at_event", "never reached: the stream has 2 events, not 3"),
        ({"at_event": 1, "byte": 2}, "byte", "never reached: event 1 has 2 bytes"),
    ],
)
def test_place_that_is_never_reached_is_rejected(place, key, message):
    with pytest.raises(NeverReached, match=message) as caught:
        list(Cut(**place).apply(SLOW))
    assert caught.value.key == key


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (
            {"after_ms": 1, "after_events": 1},
            "wanted exactly one of after_events, .* and chance, got after_events and after_ms",
        ),
        ({}, "and chance, got none"),
        ({"after_events": 1, "byte": 1}, "`byte` needs `at_event`"),
    ],
)
def test_contradictory_places_are_rejected(place, message):
    with pytest.raises(ValueError, match=message):
        Cut(**place)
