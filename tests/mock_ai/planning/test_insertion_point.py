"""A push stands between two blocks of the stream, however the blocks were cut."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from streamproof.contracts.sse import Decoder
from streamproof.mock_ai.actions import Finish, Hold, Send, Start, Until, Wait
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.http1.writer import ScheduledWrite, lay_out
from streamproof.mock_ai.planning.insertion_point import PushedWrite, insertion_point

PUSHED = b"data: pushed\n\n"
BLOCKS = [b"data: a\n\n", b"event: b\r\ndata: b\r\n\r\n", b"data: c\r\r", b": d\n\r\n", b"\n"]


@st.composite
def pieces(draw):
    """Draw a body of whole blocks, cut anywhere."""
    body = b"".join(draw(st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=6)))
    cuts = sorted(draw(st.sets(st.integers(1, len(body)), max_size=8)) | {0, len(body)})
    return [body[start:stop] for start, stop in pairwise(cuts)]


def cues_of(chunks, framing):
    """Lay chunks out, each in a write of its own, after the head."""
    actions = [part for chunk in chunks for part in (Wait(1), Send(chunk))]
    script = lay_out([Start(200, "OK"), *actions, Wait(1), Finish()], framing)
    return script.with_head((), http_1_0=False, keep_alive=True)


def events(chunks):
    """Read a body."""
    decoder = Decoder()
    return [event.data for chunk in chunks for event in decoder.feed(chunk)]


@given(pieces(), st.data(), st.sampled_from([Framing.CHUNKED, Framing.CLOSE]))
def test_push_changes_no_event_and_is_one_of_its_own(chunks, data, framing):
    cues = cues_of(chunks, framing)
    written = data.draw(st.integers(1, len(chunks)))
    place = insertion_point(cues, written, framing)
    if place is None:
        assert framing is Framing.CLOSE  # nothing is to come after the last piece
        return
    read = events([*chunks[: place - 1], PUSHED, *chunks[place - 1 :]])
    assert [one for one in read if one != "pushed"] == events(chunks)
    assert len(read) == len(events(chunks)) + 1


def test_push_waits_no_longer_than_it_has_to():
    cues = cues_of([b"data: 1\n", b"\n", b"data: 2\n\n"], Framing.CHUNKED)
    assert [insertion_point(cues, n, Framing.CHUNKED) for n in (1, 2, 3, 4)] == [1, 3, 3, 4]


def test_push_comes_after_those_that_wait():
    cues = cues_of([b"data: 1\n", b"\n", b"data: 2\n\n"], Framing.CHUNKED)
    waiting = (*cues[:3], PushedWrite(2, b"3\r\nx\n\n\r\n"), *cues[3:])
    assert insertion_point(waiting, 2, Framing.CHUNKED) == 4


def test_push_waits_for_a_release_but_never_for_the_client_to_leave():
    first, *cues = cues_of([b"data: 1\n", b"\n"], Framing.CHUNKED)
    for until, place in [(Until.RELEASED, 4), (Until.CLIENT_LEAVES, None)]:
        held = (first, cues[0], Hold(until), *cues[1:])
        assert insertion_point(held, 2, Framing.CHUNKED) == place


def test_bytes_that_are_not_chunks_have_no_place():
    cues = (ScheduledWrite(0, b"HTTP/1.1 200 OK\r\n\r\n1\r\n\n\r\nzz\r\n"), Hold())
    assert insertion_point(cues, 1, Framing.CHUNKED) is None
