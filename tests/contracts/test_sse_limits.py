"""Memory is bounded: an event or a line over the limit is an error at its first byte too many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamproof.contracts.sse import (
    MAX_EVENT_BYTES,
    Decoder,
    EventTooLarge,
    LineTooLarge,
    SseError,
    decoded_events,
)
from tests.contracts.cutting import CUTS

LIMIT = 10


def outcome(body: bytes, chunks: Iterator[bytes], **limits: Any) -> tuple[list[str], str]:
    """Return the data of all events, and the name of the error that stopped the reading."""
    decoder, data = Decoder(**limits), []
    try:
        for chunk in chunks:
            data += [event.data for event in decoder.feed(chunk)]
        decoder.close()
    except SseError as error:
        return data + [event.data for event in error.events], type(error).__name__
    return data, ""


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(b"data: 0123456789\n\n", (["0123456789"], ""), id="exactly the limit"),
        pytest.param(b"data: 0123456789", ([], ""), id="exactly the limit, no end"),
        pytest.param(b"data:0123456789\n\n", (["0123456789"], ""), id="no space"),
        pytest.param(b"data: 0123456789A", ([], "EventTooLarge"), id="one more"),
        pytest.param(b"data:  123456789A\n\n", ([], "EventTooLarge"), id="the second space counts"),
        pytest.param(b"data: 01234\ndata: 6789\n\n", (["01234\n6789"], ""), id="two lines"),
        pytest.param(b"data: 01234\ndata: 6789A\n\n", ([], "EventTooLarge"), id="the LF counts"),
        pytest.param(b"data\n" * 11 + b"\n", (["\n" * 10], ""), id="ten line ends"),
        pytest.param(b"data\n" * 12 + b"\n", ([], "EventTooLarge"), id="eleven line ends"),
        pytest.param(b"data:\n" * 12 + b"\n", ([], "EventTooLarge"), id="eleven empty lines"),
        pytest.param(b"data: \xff\xff\xff\xff\n\n", (["\ufffd" * 4], ""), id="bytes as received"),
        pytest.param(
            b"data: a\r\n\r\ndata: b\r\rdata: 0123456789A",
            (["a", "b"], "EventTooLarge"),
            id="the events before it are kept",
        ),
        pytest.param(b"data: 01234\n\n" * 5, (["01234"] * 5, ""), id="each event on its own"),
        pytest.param(b": a long comment, not data\n\n", ([], ""), id="comments do not count"),
        pytest.param(b"event: 0123456789A\ndata: a\n\n", (["a"], ""), id="names do not count"),
    ],
)
def test_the_data_of_an_event_is_limited(body, expected, cut):
    assert outcome(body, CUTS[cut](body), max_event_bytes=LIMIT) == expected


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(b": 45678901\ndata: a\n\n", (["a"], ""), id="exactly the limit"),
        pytest.param(b": 456789012", ([], "LineTooLarge"), id="one more"),
        pytest.param(b"data: a\n\nid: 5678901", (["a"], "LineTooLarge"), id="any field"),
        pytest.param(b"data: 789012", ([], "LineTooLarge"), id="data as well"),
        pytest.param(b"\xef\xbb\xbf: 4567890\n", ([], ""), id="the BOM does not count"),
    ],
)
def test_a_line_is_limited(body, expected, cut):
    assert outcome(body, CUTS[cut](body), max_line_bytes=10) == expected


@settings(max_examples=60)
@given(
    lines=st.lists(
        st.sampled_from(
            [b"data", b"data:", b"data: x", b"data: 0123456", b"", b": c", b"id: 12345678"]
        )
    ),
    ends=st.sampled_from([b"\n", b"\r\n", b"\r"]),
    event_limit=st.integers(0, 12),
    line_limit=st.integers(6, 14),
)
def test_limits_are_the_same_for_every_cut(lines, ends, event_limit, line_limit):
    body = ends.join(lines)
    limits = {"max_event_bytes": event_limit, "max_line_bytes": line_limit}

    assert len({str(outcome(body, cut(body), **limits)) for cut in CUTS.values()}) == 1


def test_the_error_is_raised_at_the_first_byte_too_many():
    decoder = Decoder(max_event_bytes=LIMIT)
    decoder.feed(b"data: 0123456789")

    with pytest.raises(EventTooLarge, match="more than 10 bytes"):
        decoder.feed(b"A")


def test_the_default_limit_is_one_mebibyte():
    data = b"x" * MAX_EVENT_BYTES

    assert len(Decoder().feed(b"data: " + data + b"\n\n")[0].data) == 1_048_576
    with pytest.raises(EventTooLarge):
        Decoder().feed(b"data: " + data + b"x")


def test_a_line_without_an_end_is_an_error():
    decoder = Decoder()

    for _ in range(32):
        decoder.feed(b":" * 65_536)

    with pytest.raises(LineTooLarge):
        decoder.feed(b":")


def test_a_decoder_that_failed_accepts_nothing_more():
    decoder = Decoder(max_event_bytes=1)
    with pytest.raises(EventTooLarge):
        decoder.feed(b"data: aa")

    with pytest.raises(SseError):
        decoder.feed(b"\n\ndata: a\n\n")
    assert decoder.close() == []


@pytest.mark.parametrize("limits", [{"max_event_bytes": -1}, {"max_line_bytes": 5}], ids=str)
def test_limits_that_are_too_small_are_an_error(limits):
    with pytest.raises(ValueError, match="wanted at least"):
        Decoder(**limits)


def test_the_events_of_chunks_come_before_the_error():
    chunks = iter([b"data: a\n\nda", b"ta: b\n\ndata: " + b"c" * (MAX_EVENT_BYTES + 1)])
    events = decoded_events(chunks)
    assert [next(events).data, next(events).data] == ["a", "b"]
    with pytest.raises(SseError):
        next(events)
