"""Heartbeat: a comment inside an event."""

import pytest

from streamproof.mock_ai.actions import Send
from streamproof.mock_ai.errors import NeverReached
from streamproof.mock_ai.faults import Heartbeat
from tests.mock_ai.faults.events import ONE, ONE_DATA, PLAN, event

DATA_LINES = b"data: a\ndata: b\n\n"


@pytest.mark.parametrize(
    ("fault", "sent"),
    [
        pytest.param(
            Heartbeat(at_event=1),
            Send(b"event: message\n: heartbeat\n\ndata: " + ONE_DATA + b"\n\n", (73,)),
            id="the blank line ends the event, so its name is lost",
        ),
        pytest.param(
            Heartbeat(at_event=1, text="hb", blank_line=False),
            Send(b"event: message\n: hb\ndata: " + ONE_DATA + b"\n\n", (65,)),
            id="legal without a blank line",
        ),
        pytest.param(
            Heartbeat(at_event=1, byte=3, text="hb"),
            Send(b"eve: hb\n\n" + ONE.data[3:], (66,)),
            id="at a byte",
        ),
    ],
)
def test_comment_is_inserted(fault, sent):
    _, found, *rest = fault.apply(PLAN)
    assert found == sent
    assert rest == PLAN[2:]


def test_one_event_becomes_two():
    [found] = Heartbeat(at_event=1).apply([Send(DATA_LINES, (len(DATA_LINES),))])
    assert found == Send(b"data: a\n: heartbeat\n\ndata: b\n\n", (21, 30))


def test_event_without_a_name_gets_its_heartbeat_after_the_data():
    [found] = Heartbeat(at_event=1).apply([event(b"x", None)])
    assert found == Send(b"data: x\n: heartbeat\n\n\n", (21,))


def test_byte_that_the_event_does_not_have_is_rejected():
    with pytest.raises(NeverReached, match="60 bytes; wanted at most 59") as caught:
        list(Heartbeat(at_event=1, byte=60).apply(PLAN))
    assert caught.value.key == "byte"
