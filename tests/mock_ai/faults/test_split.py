"""Split: the same bytes in more pieces, each with the ends of the events that it completes."""

import pytest

from streamproof.mock_ai.actions import Action, Send, Start, Wait
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.errors import NeverReached
from streamproof.mock_ai.faults import Split
from tests.mock_ai.sample_plans import FINISH, GAP, PLAN, START, A, B

CLOSED = Start(200, "OK", framing=Framing.CLOSE)
COFFEE = Send("café ☕\n".encode(), (10,))


@pytest.mark.parametrize(
    ("fault", "body", "pieces"),
    [
        pytest.param(
            Split(every_bytes=3),
            [Send(b"abcdefgh", (8,))],
            [Send(b"abc"), Send(b"def"), Send(b"gh", (2,))],
            id="every 3 bytes",
        ),
        pytest.param(
            Split(at=(1, 3, 4)),
            [Send(b"ab", (2,)), GAP, Send(b"cdef", (1, 4))],
            [
                Send(b"a"),
                Send(b"b", (1,)),
                GAP,
                Send(b"c", (1,)),
                Send(b"d"),
                Send(b"ef", (2,)),
            ],
            id="at offsets of the whole body",
        ),
        pytest.param(
            Split(per="event"),
            [Send(b"aAbB", (2, 4))],
            [Send(b"aA", (2,)), Send(b"bB", (2,))],
            id="after every event",
        ),
        pytest.param(
            Split(inside="characters"),
            [COFFEE],
            [
                Send(b"caf\xc3"),
                Send(b"\xa9 \xe2"),
                Send(b"\x98"),
                Send(b"\x95\n", (2,)),
            ],
            id="inside characters",
        ),
        pytest.param(
            Split(inside="crlf"),
            [Send(b"a\r\nb\n\r\n", (7,))],
            [Send(b"a\r"), Send(b"\nb\n\r"), Send(b"\n", (1,))],
            id="inside CRLF",
        ),
        pytest.param(
            Split(every_bytes=1, gap_ms=5),
            [Send(b"abc")],
            [Send(b"a"), Wait(5), Send(b"b"), Wait(5), Send(b"c")],
            id="with waits between the pieces",
        ),
    ],
)
def test_chunks_are_cut(fault, body, pieces):
    assert list(fault.apply([START, *body, FINISH])) == [START, *pieces, FINISH]


@pytest.mark.parametrize(
    ("fault", "key", "message"),
    [
        (Split(at=(2, 4)), "at", "never reached: the body has 4 bytes, wanted more than 4"),
        (Split(every_bytes=8), "every_bytes", "no chunk has more than 8 bytes"),
        (Split(inside="characters"), "inside", "the body has no multi-byte character"),
        (Split(inside="crlf"), "inside", "the body has no CRLF"),
    ],
)
def test_place_that_is_never_reached_is_rejected(fault, key, message):
    with pytest.raises(NeverReached, match=message) as caught:
        list(fault.apply(PLAN))
    assert caught.value.key == key


@pytest.mark.parametrize("ways", [{}, {"every_bytes": 1, "per": "event"}])
def test_exactly_one_way_of_cutting_is_given(ways):
    with pytest.raises(ValueError, match=r"wanted exactly one of every_bytes, .* and inside"):
        Split(**ways)


def test_chunks_before_the_place_stay_whole():
    split = Split(after_events=1, every_bytes=1).apply(PLAN)
    assert list(split) == [START, A, GAP, Send(b"b"), Send(b"B", (1,)), FINISH]


@pytest.mark.parametrize("seed", range(3))
def test_same_seed_gives_the_same_random_sizes(seed):
    fault = Split(up_to_bytes=4, seed=seed)
    body: list[Action] = [START, Send(b"x" * 100), FINISH]
    pieces = [action for action in fault.apply(body) if isinstance(action, Send)]
    assert list(fault.apply(body)) == [START, *pieces, FINISH]
    assert {len(piece.data) for piece in pieces[:-1]} == {1, 2, 3, 4}
    assert pieces != [
        a for a in Split(up_to_bytes=4, seed=seed + 1).apply(body) if isinstance(a, Send)
    ]


def test_pieces_can_stay_one_chunk():
    pieces = Split(every_bytes=1, gap_ms=5, keep_chunks=True).apply([START, A, B, FINISH])
    assert list(pieces) == [
        START,
        Send(b"a", continues=True),
        Wait(5),
        Send(b"A", (1,)),
        Send(b"b", continues=True),
        Wait(5),
        Send(b"B", (1,)),
        FINISH,
    ]


def test_lines_of_the_framing_are_split():
    split_framing = Split(inside="framing").apply([START, A, FINISH])
    assert list(split_framing) == [START, Send(b"aA", (2,), split_framing=True), FINISH]


@pytest.mark.parametrize(
    ("way", "message"),
    [
        ({"every_bytes": 1, "keep_chunks": True}, "`keep_chunks` needs `gap_ms`"),
        ({"inside": "framing", "gap_ms": 5}, "allows neither `gap_ms` nor `keep_chunks`"),
    ],
)
def test_keys_that_exclude_each_other_are_rejected(way, message):
    with pytest.raises(ValueError, match=message):
        Split(**way)


@pytest.mark.parametrize(
    ("fault", "body", "message"),
    [
        (Split(inside="framing"), [START, FINISH], "the body has no HTTP chunks"),
        (Split(inside="framing"), [CLOSED, A, FINISH], "the body has no HTTP chunks"),
        (Split(after_events=1, at=(2,)), PLAN, "byte 2 is before the place"),
    ],
)
def test_split_of_no_chunk_or_before_the_place_is_rejected(fault, body, message):
    with pytest.raises(NeverReached, match=message):
        list(fault.apply(body))


def test_keep_chunks_needs_a_chunked_body():
    with pytest.raises(ValueError, match="`keep_chunks` needs a chunked body"):
        list(Split(every_bytes=1, gap_ms=1, keep_chunks=True).apply([CLOSED, A, FINISH]))
