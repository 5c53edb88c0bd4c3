"""Every way in which a response can fail has a sentence of streamproof, without foreign text."""

import errno

import aiohttp
import pytest

from streamproof.harness.http.client import HttpCall, client_session, read_stream
from streamproof.harness.http.failing import failure_text
from tests.harness.http.raw_server import RESET, answering

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
NOT_HTTP = "the response is not valid HTTP/1.1: "
BEFORE_HEAD = "the connection closed before the response head was complete"
NO_LAST_CHUNK = "the body ended before its last chunk"
NOT_DECODED = "the body cannot be decoded as its Content-Encoding says"

RESPONSES = {
    "closed": (b"", BEFORE_HEAD),
    "half a head": (HEAD, BEFORE_HEAD),
    "reset": (RESET, "the connection was reset"),
    "not HTTP": (b"hello\r\n\r\n", NOT_HTTP + "expected HTTP/, RTSP/ or ICE/, got 'hello'"),
    "no status": (b"HTTP/1.1 x\r\n\r\n", NOT_HTTP + "invalid status code, got 'HTTP/1.1 x'"),
    "no colon": (HEAD + b"hello\r\n\r\n", NOT_HTTP + "invalid header token, got 'hello'"),
    "two lengths": (
        HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        NOT_HTTP + "duplicate Content-Length, got 'Content-Length: 2'",
    ),
    "long line": (
        HEAD + b"X: " + b"a" * 70_000 + b"\r\n\r\n",
        "a line of the response head has more than 65,536 bytes, the limit of this client",
    ),
    "many headers": (
        HEAD + b"X: 1\r\n" * 40_000 + b"\r\n",
        "the response has more than 1,000 headers, the limit of this client",
    ),
    "short": (
        HEAD + b"Content-Length: 9\r\n\r\nab",
        "the body is shorter than its Content-Length",
    ),
    "half a chunk": (CHUNKED + b"5\r\nab", NO_LAST_CHUNK),
    "no last chunk": (CHUNKED + b"2\r\nab\r\n", NO_LAST_CHUNK),
    "bad chunk size": (
        CHUNKED + b"zz\r\n",
        NOT_HTTP + "invalid character in chunk size, got 'zz'",
    ),
    "not gzip": (
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab",
        f"{NOT_DECODED} ('gzip'); a browser fails as well",
    ),
}


@pytest.mark.parametrize(("data", "text"), RESPONSES.values(), ids=RESPONSES)
async def test_failed_response_is_named(data, text):
    async with answering(data) as url, client_session() as session:
        reading = await read_stream(session, HttpCall("GET", url))
    assert reading.problem == text


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (TimeoutError(), "no answer in time"),
        (aiohttp.ClientPayloadError("odd"), "the body broke off"),
        (ConnectionResetError(104, "x"), "the connection was reset"),
        (OSError(errno.ENETUNREACH, "x"), "network is unreachable"),
        (ValueError("a sentence of ours"), "a sentence of ours"),
        (ValueError(), "ValueError"),
    ],
)
def test_error_without_a_server_is_named(error, text):
    assert failure_text(error) == text


async def test_status_of_an_answer_is_named():
    not_found = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    async with (
        answering(not_found) as url,
        aiohttp.ClientSession(raise_for_status=True) as session,
    ):
        with pytest.raises(aiohttp.ClientResponseError) as caught:
            await session.get(url)
    assert failure_text(caught.value, url) == "the response has status 404"
