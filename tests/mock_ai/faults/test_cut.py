"""Cut: a close by FIN replaces everything after the place."""

import pytest

from streamproof.mock_ai.actions import Action, HangUp, Send, Start, Wait
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.errors import NeverReached
from streamproof.mock_ai.faults import Cut
from tests.mock_ai.sample_plans import FINISH, GAP, PLAN, START, A, B

CLOSE = HangUp(reset=False)


@pytest.mark.parametrize(
    ("fault", "left"),
    [
        pytest.param(Cut(after_events=0), [START], id="the headers always pass"),
        pytest.param(Cut(after_events=1), [START, A], id="the wait after the event is dropped"),
        pytest.param(Cut(after_events=2), [START, A, GAP, B], id="instead of the finish"),
        pytest.param(Cut(after_bytes=0), [START], id="no bytes"),
        pytest.param(Cut(after_bytes=3), [START, A, GAP, Send(b"b")], id="inside an event"),
        pytest.param(Cut(after_bytes=4), [START, A, GAP, B], id="all bytes"),
    ],
)
def test_stream_is_sent_up_to_the_cut(fault, left):
    assert list(fault.apply(PLAN)) == [*left, CLOSE]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Cut(after_events=3), "never reached: the stream has 2 events, not 3"),
        (Cut(after_bytes=5), "never reached: the body has 4 bytes, not 5"),
    ],
)
def test_place_that_the_stream_does_not_have_is_rejected(fault, message):
    with pytest.raises(NeverReached, match=message):
        list(fault.apply(PLAN))


@pytest.mark.parametrize("places", [{}, {"after_events": 1, "after_bytes": 1}])
def test_exactly_one_place_is_given(places):
    with pytest.raises(ValueError, match=r"wanted exactly one of after_events, .* and chance, got"):
        Cut(**places)


def test_chunk_with_several_events_is_cut_after_the_right_one():
    both = Send(b"aAbB", (2, 4))
    assert list(Cut(after_events=1).apply([START, both])) == [START, A, CLOSE]


@pytest.mark.parametrize(
    ("fault", "left"),
    [
        pytest.param(
            Cut(after_bytes=3, keep_chunks=True),
            [START, A, GAP, Send(b"b", continues=True), HangUp(missing_bytes=1)],
            id="inside a chunk that announces its whole size",
        ),
        pytest.param(
            Cut(after_events=1, keep_chunks=True), [START, A, CLOSE], id="between two chunks"
        ),
        pytest.param(
            Cut(after_bytes=3, missing_bytes=7),
            [START, A, GAP, Send(b"b"), HangUp(missing_bytes=7)],
            id="inside a chunk that announces more bytes",
        ),
        pytest.param(
            Cut(after_events=1, missing_bytes=0),
            [START, A, HangUp(missing_bytes=0)],
            id="before the line end of a chunk",
        ),
    ],
)
def test_chunk_is_left_unfinished(fault, left):
    assert list(fault.apply(PLAN)) == left


def test_wait_inside_a_chunk_does_not_end_the_chunk():
    first, second = Send(b"a", continues=True), Send(b"A", (1,))
    cut = Cut(after_bytes=1, keep_chunks=True).apply([START, first, Wait(5), second, FINISH])
    assert list(cut) == [START, first, HangUp(missing_bytes=1)]


@pytest.mark.parametrize(
    "start", [Start(200, "OK", http_1_0=True), Start(200, "OK", framing=Framing.LENGTH)]
)
def test_keys_for_unfinished_chunks_need_a_chunked_body(start):
    with pytest.raises(ValueError, match="`missing_bytes` needs a chunk"):
        list(Cut(after_events=1, missing_bytes=1).apply([start, A, FINISH]))
    with pytest.raises(ValueError, match="`keep_chunks` needs a chunked body"):
        list(Cut(after_bytes=1, keep_chunks=True).apply([start, A, FINISH]))


def test_wait_before_the_place_does_not_end_the_chunk():
    assert list(Cut(after_ms=GAP.ms, missing_bytes=1).apply(PLAN)) == [
        START,
        A,
        GAP,
        HangUp(missing_bytes=1),
    ]


def test_chunk_that_is_cut_without_keep_chunks_ends_at_the_cut():
    first, second = Send(b"a", continues=True), Send(b"A", (1,))
    plan: list[Action] = [START, first, Wait(5), second, FINISH]
    assert list(Cut(after_bytes=1).apply(plan)) == [START, Send(b"a"), CLOSE]
    assert list(Cut(after_ms=2).apply(plan)) == [START, Send(b"a"), Wait(2), CLOSE]


def test_keep_chunks_and_missing_bytes_exclude_each_other():
    with pytest.raises(ValueError, match="wanted only one of keep_chunks and missing_bytes"):
        Cut(after_bytes=1, keep_chunks=True, missing_bytes=1)
