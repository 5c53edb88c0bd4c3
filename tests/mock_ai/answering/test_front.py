"""The short way to a stream gives the bytes, and notes the requests, of the plain way."""

import re
from contextlib import asynccontextmanager
from typing import Final

import pytest
from aiohttp import web

from mock_ai.app import JOURNAL, create_app, serving
from tests.mock_ai.raw_client import connection
from tests.mock_ai.stages import library, scenario

TEXTS: Final = (
    scenario("steps: [{content: [hi, you]}]", "it"),
    scenario("when: {question: ruled}\nsteps: [{content: by rule}]", "ruled"),
    scenario("faults: [{reset: {after_events: 1}}]\nsteps: [{content: [a, b]}]", "broken"),
)
HI: Final = '{"question": "hi", "messageId": "1"}'


@asynccontextmanager
async def plainly_serving(app):
    """Serve with aiohttp's router and middlewares alone."""
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def outcome(serve, request):
    """Return what a client gets, how that ends, and what the journal has of it."""
    app = create_app(library(*TEXTS), default="it")
    async with serve(app) as url, connection(url) as client:
        await client.send(request)
        got, end = await client.rest()
        noted = [(e.asked, e.run, e.scenario, e.attempt, e.speed, e.ending) for e in app[JOURNAL]]
    return re.sub(rb"Date: [^\r]+", b"Date: now", got), end, noted


def post(path, *headers, body=HI):
    """Return a request after which the connection closes."""
    more = [f"Content-Length: {len(body)}", "Content-Type: application/json", "Connection: close"]
    lines = [f"POST {path} HTTP/1.1", "Host: x", *headers, *more]
    return "\r\n".join([*lines, "", body]).encode()


REQUESTS: Final = {
    "the default": post("/chat/stream"),
    "a prefix": post("/s/broken/chat/stream"),
    "a run": post("/run/r.1/s/it/chat/stream"),
    "a run in the question": post("/chat/stream", body='{"question": "hi [run:2]"}'),
    "a query": post("/chat/stream?scenario=broken&speed=2"),
    "headers": post("/chat/stream", "X-Scenario: it", "X-Mock-Fault: {cut: {after_events: 1}}"),
    "a rule": post("/chat/stream", body='{"question": "ruled"}'),
    "a page": post("/chat/stream", "Origin: http://localhost:5173"),
    "no such scenario": post("/s/if/chat/stream", "Origin: http://localhost:5173"),
    "a name in capitals": post("/s/IT/chat/stream"),
    "an escaped name": post("/s/%69t/chat/stream"),
    "a slash at the end": post("/chat/stream/"),
    "no JSON": post("/chat/stream", body="{"),
    "a wrong speed": post("/chat/stream", "X-Mock-Speed: -1"),
    "a question before the body": post("/chat/stream", "Expect: 100-continue"),
    "chunks": b"POST /chat/stream HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n12\r\n%b\r\n0\r\n\r\n"
    % b'{"question": "hi"}',
    "HTTP/1.0": post("/chat/stream").replace(b"HTTP/1.1", b"HTTP/1.0"),
}


@pytest.mark.parametrize("request_bytes", REQUESTS.values(), ids=REQUESTS)
async def test_both_ways_lead_to_the_same_answer(request_bytes):
    short = await outcome(serving, request_bytes)
    assert short == await outcome(plainly_serving, request_bytes)
