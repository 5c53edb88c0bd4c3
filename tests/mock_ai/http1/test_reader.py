"""Reading heads and bodies, however their bytes are cut."""

import pytest

from streamproof.mock_ai.errors import InvalidHttpMessage
from streamproof.mock_ai.http1.reader import (
    COMPLETE_FRAMING,
    MAX_HEAD_BYTES,
    BodyPiece,
    ChunkedBody,
    CloseBody,
    LengthBody,
    UnfinishedFraming,
    read_head,
    reply_body,
    request_body,
    split_head,
)

OK = b"HTTP/1.1 200 OK"
CHUNKED = b"\r\nTransfer-Encoding: chunked"


def test_head_is_split_from_what_follows():
    found = split_head(OK + b"\r\nA: b\r\n\r\nbody")
    assert found is not None
    head, rest = found
    assert (head.version, head.status, head.headers) == ("1.1", (200, "OK"), (("A", "b"),))
    assert rest == b"body"


@pytest.mark.parametrize("end", [b"\r\n\r\n", b"\n\n", b"\n\r\n"])
def test_head_can_end_with_lf_alone(end):
    found = split_head(OK + end)
    assert found is not None
    assert (found[0].line, found[0].headers, found[1]) == ("HTTP/1.1 200 OK", (), b"")


def test_incomplete_head_is_none():
    assert split_head(OK + b"\r\nA: b\r\n") is None


@pytest.mark.parametrize("end", [b"", b"\r\n\r\n"], ids=["without an end", "with an end"])
def test_head_that_is_too_long_is_refused(end):
    with pytest.raises(InvalidHttpMessage, match=f"more than {MAX_HEAD_BYTES} bytes"):
        split_head(OK + b"\r\nA: " + b"b" * MAX_HEAD_BYTES + end)


@pytest.mark.parametrize(
    ("header", "pair"),
    [
        (b"A:b", ("A", "b")),
        (b"A : \t b ", ("A", "b")),
        (b"A: b\r\n c", ("A", "b c")),
        ("A: é".encode(), ("A", "é")),
        ("A: é".encode("latin-1"), ("A", "é")),
    ],
)
def test_header_is_read(header, pair):
    assert read_head(OK + b"\r\n" + header).headers == (pair,)


@pytest.mark.parametrize("header", [b"no colon", b": no name", b""])
def test_header_without_a_name_is_refused(header):
    with pytest.raises(InvalidHttpMessage, match="a header line without a name"):
        read_head(OK + b"\r\n" + header)


def test_request_line_is_read():
    assert read_head(b"GET /a?b HTTP/1.1").request == ("GET", "/a?b", "1.1")


@pytest.mark.parametrize("line", [b"GET / HTTP/2", b"GET /", b"HTTP/1.1 OK"])
def test_other_first_lines_are_refused(line):
    head = read_head(line)
    with pytest.raises(InvalidHttpMessage, match="not a request line"):
        _ = head.request
    with pytest.raises(InvalidHttpMessage, match="not a status line"):
        _ = head.status


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
    assert (body.complete, body.unfinished) == (True, COMPLETE_FRAMING)


def test_body_until_the_close_never_ends():
    body = CloseBody()
    assert [*body.feed(b"ab"), *body.feed(b"")] == [BodyPiece(b"ab")]
    assert (body.complete, body.unfinished) == (False, COMPLETE_FRAMING)


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_chunks_are_read_however_they_are_cut(size):
    data = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    body = ChunkedBody()
    pieces = [p for at in range(0, len(data), size) for p in body.feed(data[at : at + size])]
    assert b"".join(piece.data for piece in pieces) == b"abcde"
    assert sum(piece.complete for piece in pieces) == 2
    assert (body.complete, body.unfinished) == (True, COMPLETE_FRAMING)


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
    ("data", "unfinished"),
    [
        (b"5\r\nab", UnfinishedFraming(missing_bytes=3)),
        (b"2\r\nab", UnfinishedFraming(missing_bytes=0)),
        (b"2\r\n", UnfinishedFraming(size_line="2")),
    ],
)
def test_what_the_framing_announced_is_known(data, unfinished):
    body = ChunkedBody()
    list(body.feed(data))
    assert body.unfinished == unfinished


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
