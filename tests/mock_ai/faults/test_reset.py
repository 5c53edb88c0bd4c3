"""Reset: like a cut, but by RST."""

from streamproof.mock_ai.actions import HangUp, Send
from streamproof.mock_ai.faults import Reset, Split
from tests.mock_ai.sample_plans import PLAN, START, A

RESET = HangUp(reset=True)


def test_reset_replaces_everything_after_the_event():
    assert list(Reset(after_events=1).apply(PLAN)) == [START, A, RESET]


def test_reset_replaces_everything_after_the_byte():
    assert list(Reset(after_bytes=1).apply(PLAN)) == [START, Send(b"a"), RESET]


def test_places_count_events_regardless_of_an_earlier_split():
    split = Split(every_bytes=1).apply(PLAN)
    pieces = [START, Send(b"a"), Send(b"A", (1,))]
    assert list(Reset(after_events=1).apply(split)) == [*pieces, RESET]


def test_split_after_a_reset_gives_the_same_bytes():
    reset_first = list(Split(every_bytes=1).apply(Reset(after_events=1).apply(PLAN)))
    split_first = list(Reset(after_events=1).apply(Split(every_bytes=1).apply(PLAN)))
    assert reset_first == split_first
