"""The content coding is reversible, and a reader gets whole events."""

import gzip
import zlib

import pytest

from streamproof.mock_ai.actions import Action, Finish, HangUp, Send, Start
from streamproof.mock_ai.planning.gzip import CONTENT_CODING, decoded, gzipped
from streamproof.mock_ai.scenario.model import Gzip

BODY = [Send(b"data: a\n\n", (9,)), Send(b"x" * 70_000), Send(b"data: b\n\n", (9,))]
CODED = Start(200, "OK", (CONTENT_CODING,))


def body_of(actions):
    """Return the bytes of a body."""
    return b"".join(action.data for action in actions if isinstance(action, Send))


@pytest.mark.parametrize("how", Gzip)
def test_body_can_be_decompressed(how):
    actions = [CODED, *gzipped(BODY, how), Finish()]
    assert gzip.decompress(body_of(actions)) == body_of(BODY)
    assert body_of(decoded(actions)) == body_of(BODY)


def test_events_are_complete_where_their_bytes_are_sent():
    per_event = list(gzipped(BODY, Gzip.PER_EVENT))
    assert [send.ends_events for send in per_event if isinstance(send, Send)] == [1, 0, 1, 0]
    [at_end] = gzipped(BODY, Gzip.AT_END)
    assert isinstance(at_end, Send)
    assert at_end.ends_events == 2


def test_body_without_the_coding_stays_as_it_is():
    actions: list[Action] = [Start(200, "OK"), *BODY, Finish()]
    assert list(decoded(actions)) == actions


def test_broken_coding_is_an_error():
    with pytest.raises(zlib.error):
        list(decoded([CODED, Send(b"not gzip"), Finish()]))


def test_another_member_is_read_and_zeros_after_it_are_not():
    one, two = (gzip.compress(part) for part in (b"data: a\n\n", b"data: b\n\n"))
    for writes in ([one + two], [one, two], [one[:9], one[9:] + two[:3], two[3:] + bytes(4)]):
        found = list(decoded([CODED, *map(Send, writes), Finish()]))
        assert body_of(found) == b"data: a\n\ndata: b\n\n"
        assert found[-1] == Finish()


def test_bytes_after_the_coding_are_an_error():
    with pytest.raises(zlib.error):
        list(decoded([CODED, Send(gzip.compress(b"a")), Send(b"more"), Finish()]))


@pytest.mark.parametrize("writes", [[], [gzip.compress(b"data: a\n\n")[:-3]]])
def test_a_body_that_ends_inside_its_coding_is_broken_off(writes):
    assert list(decoded([CODED, *map(Send, writes), Finish()]))[-1] == HangUp()
