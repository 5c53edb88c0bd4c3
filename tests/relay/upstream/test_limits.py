"""The five time limits."""

from __future__ import annotations

import asyncio
import socket

import pytest

from streamproof.relay.lifecycle import Reason
from tests.relay.raw_server import STREAM, chunk
from tests.relay.upstream.scripts import EVENTS, HI, PATIENCE, SOON, floods, sends


@pytest.fixture
def unreachable():
    """Give the URL of a socket that accepts no connection, because its queue is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        for one in waiting:
            one.close()


async def test_the_connect_limit(client, unreachable):
    assert await client(unreachable, connect_seconds=SOON).reason() is Reason.refused


@pytest.mark.parametrize(
    "script",
    [
        sends(then="hold"),
        sends(STREAM[:-2], then="hold"),
        floods(b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    ],
    ids=["silence", "half-headers", "endless-progress"],
)
async def test_the_headers_limit(serve, client, script):
    relay_client = client(await serve(script), headers_seconds=SOON)
    assert await relay_client.reason() is Reason.headers_timeout


@pytest.mark.parametrize(
    "script",
    [
        sends(then="hold"),
        sends(STREAM, then="hold"),
        floods(STREAM, chunk(b": ping\n\n")),
        floods(STREAM, chunk(b"data: raw\n\n" * 1000)),
    ],
    ids=["no-headers", "no-body", "comments", "other-events"],
)
async def test_the_first_content_limit(serve, client, script):
    relay_client = client(await serve(script), first_content_seconds=SOON)
    assert await relay_client.reason() is Reason.first_content_timeout


async def test_content_ends_the_first_content_limit(serve, client):
    server = await serve(sends(STREAM, chunk(HI), then="hold"))
    relay_client = client(server, first_content_seconds=1e-9, idle_seconds=SOON)
    relay_client.has_content = True
    assert await relay_client.reason() is Reason.idle_timeout


async def test_events_before_the_idle_limit_are_delivered(serve, client):
    relay_client = client(await serve(sends(STREAM, chunk(HI), then="hold")), idle_seconds=1.0)
    assert await relay_client.reason() is Reason.idle_timeout
    assert relay_client.events == EVENTS[:1]


@pytest.mark.parametrize(
    "script",
    [
        sends(then="hold"),
        sends(STREAM, chunk(HI), then="hold"),
        floods(STREAM, chunk(HI * 1000)),
    ],
    ids=["no-headers", "silence", "endless"],
)
async def test_the_turn_limit(serve, client, script):
    relay_client = client(await serve(script), turn_seconds=SOON)
    assert await relay_client.reason() is Reason.turn_timeout


async def test_a_limit_closes_the_connection(serve, client):
    server = await serve(sends(STREAM, chunk(HI), then="hold"))
    await client(server, idle_seconds=SOON).failure()
    async with asyncio.timeout(PATIENCE):
        await server.connections[0].closed.wait()
