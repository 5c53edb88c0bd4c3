"""An event is out at the very byte that ends its blank line, and not before."""

from __future__ import annotations

import pytest

from streamproof.contracts.sse import Decoder
from tests.contracts.plain_reader import read_body
from tests.contracts.sse_vectors import VECTORS


@pytest.mark.parametrize("name", VECTORS)
def test_after_every_byte_all_ended_events_are_out(name):
    body, decoder, seen = VECTORS[name].body, Decoder(), 0
    for at in range(len(body)):
        seen += len(decoder.feed(body[at : at + 1]))
        assert seen == len(read_body(body[: at + 1])[0]), f"after byte {at + 1}"


@pytest.mark.parametrize(
    "body", [b"data: a\n\n", b"data: a\r\r", b"data: a\r\n\r", b"data: a\n\r"], ids=repr
)
def test_the_last_byte_of_a_blank_line_lets_the_event_out(body):
    decoder = Decoder()

    assert decoder.feed(body[:-1]) == []
    assert [event.data for event in decoder.feed(body[-1:])] == ["a"]


def test_the_lf_of_a_cut_crlf_is_no_second_line_end():
    decoder = Decoder()
    decoder.feed(b"data: a\r")

    assert decoder.feed(b"\ndata: b\r") == []
    assert [event.data for event in decoder.feed(b"\n\r\n")] == ["a\nb"]


def test_the_id_and_the_retry_time_are_known_at_once():
    decoder = Decoder()
    decoder.feed(b"retry: 5\nid: 1\n")
    assert (decoder.retry_ms, decoder.last_event_id) == (5, "")

    decoder.feed(b"\n")
    assert decoder.last_event_id == "1"
