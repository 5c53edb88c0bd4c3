"""The five limits, each on its own."""

from __future__ import annotations

import asyncio
import socket

import pytest

from streamproof.relay.lifecycle import Reason
from tests.relay.raw_server import STREAM, chunk
from tests.relay.upstream.scripts import EVENTS, HI, PATIENCE, SOON, floods, sends


@pytest.fixture
def unreachable():
    """Give the URL of a socket whose queue of connections is full, so that none is made."""
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
    asker = client(await serve(script), headers_seconds=SOON)
    assert await asker.reason() is Reason.headers_timeout


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
    asker = client(await serve(script), first_content_seconds=SOON)
    assert await asker.reason() is Reason.first_content_timeout


async def test_the_first_content_limit_is_off_once_content_was_seen(serve, client):
    server = await serve(sends(STREAM, chunk(HI), then="hold"))
    asker = client(server, first_content_seconds=1e-9, idle_seconds=SOON)
    asker.has_content = True
    assert await asker.reason() is Reason.idle_timeout


async def test_the_idle_limit_fires_after_what_came_before(serve, client):
    asker = client(await serve(sends(STREAM, chunk(HI), then="hold")), idle_seconds=1.0)
    assert await asker.reason() is Reason.idle_timeout
    assert asker.events == EVENTS[:1]


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
    asker = client(await serve(script), turn_seconds=SOON)
    assert await asker.reason() is Reason.turn_timeout


async def test_a_limit_closes_the_connection(serve, client):
    server = await serve(sends(STREAM, chunk(HI), then="hold"))
    await client(server, idle_seconds=SOON).failure()
    async with asyncio.timeout(PATIENCE):
        await server.connections[0].closed.wait()
