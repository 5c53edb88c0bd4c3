"""Reading heads, however their bytes are cut."""

import pytest

from streamproof.mock_ai.errors import InvalidHttpMessage
from streamproof.mock_ai.http1.reader import MAX_HEAD_BYTES, read_head, split_head, split_heads

OK = b"HTTP/1.1 200 OK"


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


HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"


def test_interim_replies_before_the_head_are_skipped():
    found = split_heads(b"HTTP/1.1 100 Continue\r\n\r\n" + HINTS + OK + b"\r\n\r\nbody")
    assert found is not None
    assert (found[0].status, found[1]) == ((200, "OK"), b"body")


@pytest.mark.parametrize("data", [HINTS, HINTS + OK])
def test_interim_replies_alone_are_not_a_head(data):
    assert split_heads(data) is None
