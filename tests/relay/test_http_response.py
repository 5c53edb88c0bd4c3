"""A response is parsed as its bytes arrive, also in cases that a server cannot cause reliably."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from typing import cast

import pytest

from streamproof.relay.broken_replies import broken_reply
from streamproof.relay.errors import BrokenReply, NotHttp
from streamproof.relay.http_response import (
    MAX_HEAD_BYTES,
    MAX_WAITING_BYTES,
    READ_BYTES,
    HttpResponse,
    UnpackedBody,
)
from tests.relay.raw_server import LAST_CHUNK, chunk, head

CHUNKED = head(Transfer_Encoding="chunked")
IN_TWO_LINES = head(Transfer_Encoding="gzip\r\nTransfer-Encoding: chunked")
UNTIL_CLOSE = head(Content_Type="text/event-stream")


class FakeTransport:
    """A transport that only notes what its protocol asks for."""

    def __init__(self):
        self.written = b""
        self.asked = []

    def write(self, data):
        """Keep what is sent."""
        self.written += data

    def __getattr__(self, name):
        return lambda: self.asked.append(name)


class Received(HttpResponse):
    """A response that gets its bytes from the test, and counts its changes."""

    def __init__(self):
        self.buffer = memoryview(bytearray(READ_BYTES))
        super().__init__(self.buffer)
        self.transport = FakeTransport()
        self.connection_made(cast("asyncio.Transport", self.transport))
        self.sending = asyncio.create_task(self.send(b"POST"))
        self.changes = 0

    def count(self):
        """Count a change."""
        self.changes += 1

    async def get(self, *pieces):
        """Receive bytes, each piece in one read, after the request was sent."""
        await asyncio.sleep(0)
        for piece in pieces:
            for start in range(0, len(piece), READ_BYTES):
                part = piece[start : start + READ_BYTES]
                self.get_buffer(-1)[: len(part)] = part
                self.buffer_updated(len(part))
        return self


@pytest.fixture
async def response():
    response = Received()
    yield response
    response.sending.cancel()
    await asyncio.gather(response.sending, return_exceptions=True)


async def test_the_head_has_the_status_and_headers_without_regard_to_case(response):
    await response.get(head("503 X", RETRY_AFTER="7"))
    found = await response.sending
    assert (found.status, found.headers["retry-after"]) == (503, "7")
    assert response.transport.written == b"POST"


@pytest.mark.parametrize("status", ["101 Switching Protocols", "999 Odd"])
async def test_odd_statuses_are_final(response, status):
    await response.get(head(status, Upgrade="x", Connection="upgrade", Content_Length="0"))
    assert (await response.sending).status == int(status[:3])


@pytest.mark.parametrize(
    ("received", "error"),
    [
        (CHUNKED + chunk(b"ok"), "the body ended before its last chunk"),
        (head(Content_Length="3") + b"ok", "the body is shorter than its Content-Length"),
        (UNTIL_CLOSE + b"ok", None),
        (head(Transfer_Encoding="chunked, gzip") + b"ok", None),
        (IN_TWO_LINES + chunk(b"ok"), "the body ended before its last chunk"),
    ],
    ids=["chunked", "length", "until-close", "chunked-inside", "two-lines"],
)
async def test_a_close_ends_only_a_body_without_a_length(response, received, error):
    await response.get(received)
    response.connection_lost(None)
    assert response.take(9) == b"ok"
    assert response.ended is (error is None)
    assert (str(response.error) if response.error else None) == error


@pytest.mark.parametrize("received", [CHUNKED + chunk(b"ok"), UNTIL_CLOSE + b"ok"])
async def test_a_reset_is_named_before_what_is_missing(response, received):
    await response.get(received)
    response.connection_lost(ConnectionResetError(104, "x"))
    assert response.take(9) == b"ok"
    assert broken_reply(response.error) == "the connection was reset"


async def test_an_error_of_tls_is_named_with_its_reason(response):
    await response.get(CHUNKED)
    response.connection_lost(ssl.SSLError(1, "bad record"))
    assert broken_reply(response.error) == "TLS failed: bad record"


async def test_a_connection_that_is_lost_before_the_request_is_an_error():
    response = Received()
    response.connection_lost(None)
    with pytest.raises(BrokenReply, match="before the response head was complete"):
        await response.sending


@pytest.mark.parametrize("end", [b"zz\r\n", b"0\r\nbad trailer\r\n\r\n", b"2\r\nokX"])
async def test_an_error_in_the_framing_keeps_the_bytes_before_it(response, end):
    await response.get(CHUNKED + chunk(b"ok") + end)
    response.connection_lost(None)
    assert response.take(2) == b"ok"
    assert isinstance(response.error, NotHttp)
    assert "abort" in response.transport.asked


@pytest.mark.security(15)
@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"y"),
        (CHUNKED, b"0"),
        (CHUNKED + b"1;x=", b"y"),
        (CHUNKED + b"0\r\nX: ", b"y"),
    ],
    ids=["headers", "header", "chunk-size", "chunk-extension", "trailer"],
)
async def test_what_is_not_body_is_bounded(response, start, piece):
    await response.get(start, *[piece * 4096] * (2 * MAX_HEAD_BYTES // 4096 // len(piece)))
    assert isinstance(response.error, NotHttp)


async def test_informational_heads_are_not_counted_together(response):
    early = head("103 Early Hints", X="y" * (MAX_HEAD_BYTES // 4))
    await response.get(*[early] * 9, CHUNKED)
    assert (await response.sending).status == 200


async def test_what_follows_the_end_is_not_read(response):
    await response.get(CHUNKED + chunk(b"ok") + LAST_CHUNK + b"more", b"more")
    assert (response.take(9), response.ended, response.error) == (b"ok", True, None)


async def test_a_full_buffer_stops_the_reading_until_half_of_it_is_taken(response):
    await response.get(UNTIL_CLOSE, b"x" * MAX_WAITING_BYTES)
    assert response.transport.asked == ["pause_reading"]
    response.take(MAX_WAITING_BYTES // 2 - 1)
    assert response.transport.asked == ["pause_reading"]
    response.take(1)
    assert response.transport.asked == ["pause_reading", "resume_reading"]


async def test_changes_are_reported_until_the_response_is_closed(response):
    response.on_change = response.count
    await response.get(UNTIL_CLOSE, b"x")
    assert response.changes == 2
    response.close()
    response.connection_lost(None)
    assert response.changes == 2


async def test_a_step_that_is_full_may_have_more_inside_the_unpacker(response):
    await response.get(UNTIL_CLOSE, gzip.compress(b"x" * 1000))
    response.connection_lost(None)
    body = UnpackedBody(response)
    taken = [body.take(100) for _ in range(10)]
    assert b"".join(taken) == b"x" * 1000
    assert not body.ended  # that is known after the next step
    assert body.take(100) == b""
    assert body.ended
