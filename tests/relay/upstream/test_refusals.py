"""Responses that are not an event stream."""

from __future__ import annotations

import asyncio

import pytest

from streamproof.relay.lifecycle import Reason
from tests.relay.raw_server import head
from tests.relay.upstream.scripts import EVENTS, PATIENCE, WHOLE, sends


@pytest.mark.parametrize("status", [201, 204, 206, 400, 401, 403, 404, 418, 500, 501, 529])
async def test_a_permanent_status_is_not_retried(serve, client, status):
    server = await serve(sends(head(f"{status} X", Content_Length="0")))
    failure = await client(server, attempts=3).failure()
    assert (failure.reason, failure.detail) == (Reason.status, f"the AI service answered {status}")
    assert len(server.requests) == 1


@pytest.mark.security(17)
@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(serve, client, status):
    target = await serve(sends(WHOLE))
    server = await serve(sends(head(f"{status} X", Location=target.url, Content_Length="0")))
    assert await client(server, attempts=3).reason() is Reason.redirect
    assert (len(server.requests), len(target.requests)) == (1, 0)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/event-stream",
        "text/event-stream;charset=utf-8",
        "text/event-stream; charset=UTF-8",
        'text/event-stream; charset="utf-8"; x=y',
        "text/event-stream; charset=utf8",
        "Text/Event-Stream",
    ],
)
async def test_the_content_type_can_have_parameters(serve, client, content_type):
    response = WHOLE.replace(b"text/event-stream", content_type.encode())
    assert await client(await serve(sends(response))).run() == EVENTS


@pytest.mark.parametrize(
    "content_type",
    [
        b"text/html",
        b"text/plain; charset=utf-8",
        b"application/json",
        b"text/event-stream; charset=iso-8859-1",
        b"text/event-stream-x",
        b"x-text/event-stream",
        b"",
    ],
)
async def test_another_content_type_is_not_a_stream(serve, client, content_type):
    server = await serve(sends(WHOLE.replace(b"text/event-stream", content_type)))
    assert await client(server, attempts=3).reason() is Reason.not_a_stream
    assert len(server.requests) == 1


async def test_a_missing_content_type_is_not_a_stream(serve, client):
    server = await serve(sends(WHOLE.replace(b"Content-Type", b"X-Type")))
    assert await client(server).reason() is Reason.not_a_stream


async def test_a_response_that_is_not_http_is_not_a_stream(serve, client):
    server = await serve(sends(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"))
    assert await client(server).reason() is Reason.not_a_stream


@pytest.mark.parametrize("then", ["close", "reset"])
async def test_a_break_before_the_headers_is_not_retried(serve, client, then):
    server = await serve(sends(then=then))
    assert await client(server, attempts=3).reason() is Reason.aborted
    assert len(server.requests) == 1


async def test_a_refused_response_is_closed(serve, client):
    server = await serve(sends(head("500 X", Content_Length="9"), b"half", then="hold"))
    await client(server).failure()
    async with asyncio.timeout(PATIENCE):
        await server.connections[0].closed.wait()
