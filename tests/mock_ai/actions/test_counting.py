"""Events are counted as a reader does that decodes the stream line by line."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from streamproof.contracts.sse import BOM, Decoder
from streamproof.mock_ai.actions import Send
from streamproof.mock_ai.actions.counting import EventCounter

LINES = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
WORDS = [
    *(b"data: a", b"data", b": comment", b"id: 1", b"event: b", b"retry: 5", BOM, b"da", b"ta"),
    *(b"\n", b"\n", b"\n\n", b"\n\n", b"\r\n", b"\r\n\r\n", b"\r", b"\r\r"),
]
PIECES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(b"".join)


def line_by_line(pieces):
    """Count events with one call of the decoder per line."""
    decoder = Decoder()
    for data in pieces:
        lines = LINES.finditer(data)
        yield Send(data, tuple(line.end() for line in lines for _ in decoder.feed(line.group())))


@settings(max_examples=100)
@given(st.lists(PIECES, max_size=8))
def test_event_ends_are_those_of_a_line_by_line_reader(pieces):
    counter = EventCounter()
    assert [counter.send(data) for data in pieces] == list(line_by_line(pieces))


def test_repeated_block_is_decoded_once():
    counter = EventCounter()
    first, second, third = (counter.send(b"data: a\n\n") for _ in range(3))
    assert first == second
    assert second is third
