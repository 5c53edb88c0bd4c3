"""Reading bodies, however their bytes are cut."""

import pytest

from streamproof.mock_ai.errors import InvalidHttpMessage
from streamproof.mock_ai.http1.bodies import (
    NO_DETAILS,
    BodyPiece,
    ChunkedBody,
    CloseBody,
    FramingDetails,
    LengthBody,
    reply_body,
    request_body,
)
from streamproof.mock_ai.http1.reader import read_head

OK = b"HTTP/1.1 200 OK"
CHUNKED = b"\r\nTransfer-Encoding: chunked"


@pytest.mark.parametrize(
    ("headers", "method", "kind"),
    [
        (b"", "GET", CloseBody),
        (b"", "HEAD", LengthBody),
        (CHUNKED, "GET", ChunkedBody),
        (b"\r\nContent-Length: 3", "GET", LengthBody),
        (b"\r\nContent-Length: 3\r\nContent-Length: 3", "GET", LengthBody),
    ],
)
def test_headers_decide_how_the_body_is_read(headers, method, kind):
    head = read_head(OK + headers)
    assert isinstance(reply_body(head, method), kind)


def test_request_without_a_length_has_no_body():
    assert request_body(read_head(b"GET / HTTP/1.1")).complete


@pytest.mark.parametrize("length", [b"-1", b"3\r\nContent-Length: 4", b"", "²".encode()])
def test_length_that_does_not_count_is_refused(length):
    with pytest.raises(InvalidHttpMessage, match="a content length of"):
        reply_body(read_head(OK + b"\r\nContent-Length: " + length), "GET")


def test_body_with_a_length_ends_there():
    body = LengthBody(3)
    assert [*body.feed(b"ab"), *body.feed(b""), *body.feed(b"cd")] == [
        BodyPiece(b"ab"),
        BodyPiece(b"c"),
    ]
    assert (body.complete, body.details) == (True, NO_DETAILS)


def test_body_until_the_close_never_ends():
    body = CloseBody()
    assert [*body.feed(b"ab"), *body.feed(b"")] == [BodyPiece(b"ab")]
    assert (body.complete, body.details) == (False, NO_DETAILS)


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_chunks_are_read_however_they_are_cut(size):
    data = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    body = ChunkedBody()
    pieces = [p for at in range(0, len(data), size) for p in body.feed(data[at : at + size])]
    assert b"".join(piece.data for piece in pieces) == b"abcde"
    assert sum(piece.complete for piece in pieces) == 2
    assert (body.complete, body.details) == (True, NO_DETAILS)


@pytest.mark.parametrize(
    ("data", "between"),
    [
        (b"", True),
        (b"1\r\na\r\n", True),
        (b"1\r\na", False),
        (b"1\r\na\r\n2", False),
        (b"0\r\n\r\n", False),
    ],
)
def test_place_between_chunks_is_known(data, between):
    body = ChunkedBody()
    list(body.feed(data))
    assert body.between_chunks is between


@pytest.mark.parametrize(
    ("data", "details"),
    [
        (b"5\r\nab", FramingDetails(missing_bytes=3)),
        (b"2\r\nab", FramingDetails(missing_bytes=0)),
        (b"2\r\n", FramingDetails(size_line="2")),
        (b"1;a=b\r\nx\r\n0;a=b\r\n\r\n", FramingDetails(extension="a=b")),
        (
            b"1;a\r\nx\r\n0\r\n\r\n",
            FramingDetails(inexpressible=("extensions of chunks that differ",)),
        ),
        (
            b"1 ;a\r\nx\r\n",
            FramingDetails(extension="a", inexpressible=("spaces after the sizes of chunks",)),
        ),
        (
            b"0\r\nX-A: 1\r\nx-a: 2\r\n\r\n",
            FramingDetails(trailers=(("X-A", "1"), ("x-a", "2"))),
        ),
        (b"0\r\n: 1\r\n\r\n", FramingDetails(inexpressible=("a trailer without a name",))),
    ],
)
def test_framing_says_more_than_its_chunks(data, details):
    body = ChunkedBody()
    list(body.feed(data))
    assert body.details == details


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"xy\r\n", "wanted the size of a chunk, got b'xy'"),
        (b"1\r\nab\r\n", "wanted the line end after a chunk, got b'b'"),
        (b"1" * 9_000, "wanted the size of a chunk, got a line without an end"),
    ],
)
def test_broken_framing_is_refused(data, message):
    with pytest.raises(InvalidHttpMessage) as caught:
        list(ChunkedBody().feed(data))
    assert str(caught.value) == message
