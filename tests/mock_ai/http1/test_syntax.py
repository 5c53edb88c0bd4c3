"""Which replies have a body, and how heads and chunks are written."""

import pytest

from streamproof.mock_ai.http1.syntax import allows_content, has_body, write_chunk, write_head


@pytest.mark.parametrize(
    ("status", "method", "body", "content"),
    [
        (200, "GET", True, True),
        (100, "GET", False, False),
        (199, "POST", False, False),
        (204, "GET", False, False),
        (205, "GET", True, False),
        (304, "GET", False, False),
        (503, "POST", True, True),
    ],
)
def test_status_decides_about_the_body(status, method, body, content):
    assert (has_body(status, method), allows_content(status)) == (body, content)


def test_reply_to_head_has_no_body():
    assert not has_body(200, "HEAD")


def test_head_ends_with_a_blank_line():
    assert write_head("GET / HTTP/1.1", (("A", "b"),)) == b"GET / HTTP/1.1\r\nA: b\r\n\r\n"


def test_chunk_has_its_size_in_hexadecimal():
    assert write_chunk(b"x" * 26) == b"1a\r\n" + b"x" * 26 + b"\r\n"
