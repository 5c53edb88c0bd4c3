"""The capture finds chunks, reads and endings for any cut of the bytes, within its limits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamproof.mock_ai.http1.bodies import BodyPiece, FramingDetails
from streamproof.mock_ai.http1.reader import read_head
from streamproof.mock_ai.recording.capture import MAX_REQUEST_BYTES, ExchangeCapture
from streamproof.mock_ai.recording.exchange import (
    SAME_CHUNK_MS,
    ExchangeEnding,
    RecordedExchange,
    RecordedRead,
    RecordedRequest,
    RecordedWrite,
)
from tests.mock_ai.recording.services import HEAD, LAST_CHUNK, chunk

REQUEST = read_head(b"GET /chat/stream HTTP/1.1\r\nHost: x")
CHUNKED_BODY = st.lists(st.binary(min_size=1, max_size=30), max_size=6)


def answered(*reads: bytes, reset: bool = False, **options: int) -> RecordedExchange:
    """Capture a reply that arrives in these reads, one per millisecond."""
    capture = ExchangeCapture(REQUEST, **options)
    for at_ms, data in enumerate(reads):
        capture.feed_reply(data, at_ms)
    capture.closed(len(reads), reset=reset)
    exchange = capture.exchange()
    assert exchange is not None
    return exchange


@settings(max_examples=60)
@given(CHUNKED_BODY, st.data())
def test_chunks_are_found_for_any_cut_of_the_bytes(chunks, data):
    wire = HEAD + b"".join(map(chunk, chunks)) + b"0\r\nX-Trailer: 1\r\n\r\n"
    cuts = sorted(data.draw(st.sets(st.integers(1, len(wire) - 1), max_size=12)))
    reads = [wire[a:b] for a, b in zip([0, *cuts], [*cuts, len(wire)], strict=True)]
    exchange = answered(*reads)
    assert [piece for write in exchange.writes for piece in write.chunks] == chunks
    assert exchange.ending is ExchangeEnding.FINISHED


def test_one_byte_per_read_gives_the_same_chunks():
    wire = HEAD + chunk(b"data: 1\n\n") + chunk(b"data: 2\n\n") + LAST_CHUNK
    exchange = answered(*(wire[n : n + 1] for n in range(len(wire))))
    assert [write.chunks for write in exchange.writes] == [(b"data: 1\n\n",), (b"data: 2\n\n",)]


def test_chunks_of_one_read_are_one_write():
    exchange = answered(HEAD, chunk(b"a") + chunk(b"b"), chunk(b"c") + LAST_CHUNK)
    assert exchange.writes == (RecordedWrite(1, (b"a", b"b")), RecordedWrite(2, (b"c",)))


@pytest.mark.parametrize(
    ("silence_ms", "writes"),
    [
        (SAME_CHUNK_MS, (RecordedWrite(0, (b"abcd", b"e")),)),
        (
            SAME_CHUNK_MS + 1,
            (
                RecordedWrite(0, (b"ab",), continues=True),
                RecordedWrite(SAME_CHUNK_MS + 1, (b"cd", b"e")),
            ),
        ),
    ],
    ids=["of the network", "of the service"],
)
def test_a_long_pause_inside_a_chunk_is_recorded_as_the_services_pause(silence_ms, writes):
    reads = (
        RecordedRead(0, (BodyPiece(b"ab", complete=False),)),
        RecordedRead(silence_ms, (BodyPiece(b"cd"), BodyPiece(b"e"))),
    )
    assert RecordedExchange(RecordedRequest("", ""), 200, "OK", (), reads).writes == writes


def test_a_body_that_is_too_long_is_recorded_up_to_the_limit():
    more = [chunk(b"x"), chunk(b"y")]
    exchange = answered(HEAD, chunk(b"12345"), chunk(b"67890"), *more, max_body_bytes=10)
    assert (exchange.body, exchange.ending) == (b"1234567890", ExchangeEnding.OPEN)
    assert "10 bytes" in (exchange.note or "")


def test_only_the_beginning_of_a_long_request_is_kept():
    capture = ExchangeCapture(read_head(b"POST / HTTP/1.1\r\nContent-Length: 900000"))
    for _ in range(9):
        capture.feed_request(b"x" * 100_000)
    capture.feed_reply(b"HTTP/1.1 204 No Content\r\n\r\n", 1)
    exchange = capture.exchange()
    assert exchange is not None
    assert exchange.request.body == b"x" * MAX_REQUEST_BYTES


@pytest.mark.parametrize(
    ("head", "sent", "kept"),
    [
        (b"Transfer-Encoding: chunked", chunk(b"ab") + chunk(b"c") + LAST_CHUNK, b"abc"),
        (b"Transfer-Encoding: chunked", chunk(b"ab") + b"nonsense\r\n" + b"more", b"ab"),
        (b"Content-Length: 2", b"abcd", b"ab"),
        (b"Accept: */*", b"abcd", b""),
    ],
    ids=["chunked", "broken chunks", "length", "no body"],
)
def test_the_body_of_a_request_is_found(head, sent, kept):
    capture = ExchangeCapture(read_head(b"POST / HTTP/1.1\r\n" + head))
    capture.feed_request(sent)
    capture.feed_reply(b"HTTP/1.1 204 No Content\r\n\r\n", 1)
    exchange = capture.exchange()
    assert exchange is not None
    assert exchange.request.body == kept


def test_a_reply_to_a_head_request_has_no_body():
    capture = ExchangeCapture(read_head(b"HEAD / HTTP/1.1"))
    capture.feed_reply(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 1)
    assert capture.complete


@pytest.mark.parametrize(
    ("read", "end"),
    [
        pytest.param(b"5\r\nab", FramingDetails(missing_bytes=3), id="inside a chunk"),
        pytest.param(b"2\r\nab", FramingDetails(missing_bytes=0), id="before its line end"),
        pytest.param(
            b"2\r\nab\r",
            FramingDetails(
                missing_bytes=0, inexpressible=("a line of the framing that breaks off",)
            ),
            id="inside its line end",
        ),
        pytest.param(
            b'2\r\nab\r\ndata: {"api_key": "x"}\r\n',
            FramingDetails(inexpressible=("a line that is not the size of a chunk",)),
            id="with another line",
        ),
        pytest.param(b"2\r\nab\r\n", FramingDetails(), id="between two chunks"),
        pytest.param(b"2\r\nab\r\n1f\r\n", FramingDetails(size_line="1f"), id="after a size"),
        pytest.param(
            b"2\r\nab\r\nzz\r\n", FramingDetails(size_line="zz"), id="with an invalid size"
        ),
        pytest.param(
            b"2;a=b\r\nab\r\n0A\r\n0123456789\r\n0\r\nX-Sum: 1\n\r\n",
            FramingDetails(
                trailers=(("X-Sum", "1"),),
                inexpressible=(
                    "extensions of chunks that differ",
                    "lines of the framing that end with LF alone",
                    "sizes of chunks in capitals or with zeros before them",
                ),
            ),
            id="with details that no scenario can express",
        ),
    ],
)
def test_unfinished_framing_is_recorded(read, end):
    assert answered(HEAD, read).details == end


def test_interim_replies_are_recorded():
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    [interim] = answered(hints + HEAD, LAST_CHUNK).interim
    assert (interim.status, interim.reason) == (103, "Early Hints")
    assert interim.headers == (("Link", "</a>"),)


def test_a_chunk_size_before_a_reset_is_listed_as_inexpressible():
    end = answered(HEAD, b"2\r\nab\r\n1f\r\n", reset=True).details
    assert end.inexpressible == ("the line in place of a chunk size",)


def test_chunks_in_http_1_0_are_listed_as_inexpressible():
    old = HEAD.replace(b"HTTP/1.1", b"HTTP/1.0")
    assert answered(old, chunk(b"a"), LAST_CHUNK).details.inexpressible == ("chunks in HTTP/1.0",)
