"""The decoder returns an event at the byte that ends its blank line, and not earlier."""

from __future__ import annotations

from itertools import product

import pytest

from streamproof.contracts.sse import BLANK_LINE, Decoder
from tests.contracts.plain_reader import read_body
from tests.contracts.sse_vectors import VECTORS


@pytest.mark.parametrize("name", VECTORS)
def test_after_each_byte_all_complete_events_are_returned(name):
    body, decoder, seen = VECTORS[name].body, Decoder(), 0
    for at in range(len(body)):
        seen += len(decoder.feed(body[at : at + 1]))
        assert seen == len(read_body(body[: at + 1])[0]), f"after byte {at + 1}"


@pytest.mark.parametrize(
    "body", [b"data: a\n\n", b"data: a\r\r", b"data: a\r\n\r", b"data: a\n\r"], ids=repr
)
def test_the_last_byte_of_a_blank_line_completes_the_event(body):
    decoder = Decoder()

    assert decoder.feed(body[:-1]) == []
    assert [event.data for event in decoder.feed(body[-1:])] == ["a"]


def test_the_lf_of_a_crlf_that_was_cut_is_not_a_second_line_end():
    decoder = Decoder()
    decoder.feed(b"data: a\r")

    assert decoder.feed(b"\ndata: b\r") == []
    assert [event.data for event in decoder.feed(b"\n\r\n")] == ["a\nb"]


def test_the_retry_time_counts_at_once_and_the_id_at_the_blank_line():
    decoder = Decoder()
    decoder.feed(b"retry: 5\nid: 1\n")
    assert (decoder.retry_ms, decoder.last_event_id) == (5, "")

    decoder.feed(b"\n")
    assert decoder.last_event_id == "1"


def test_the_expression_of_a_blank_line_agrees_with_the_decoder():
    for rest in map(bytes, product(b"\r\na", repeat=5)):
        body = b"data: x" + rest
        events = Decoder().feed(body)

        assert bool(events) == (BLANK_LINE.search(body) is not None), body
