"""A connection that was taken over from aiohttp sends, waits, ends, and sees its browser leave."""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import ExitStack

import pytest
from aiohttp import web

from streamproof.relay.browser_connection import MAX_WAITING_BYTES, BrowserConnection

PATIENCE = 20.0  # only a test that fails waits so long
LARGE = b"x" * 16_000_000
"""More than the kernel takes for a browser that does not read."""


@pytest.fixture
async def taken(aiohttp_server):
    """Start a server that takes each connection over; return a function that connects."""
    found = asyncio.Queue[BrowserConnection]()

    async def handler(request):
        response = web.StreamResponse()
        response.force_close()
        await response.prepare(request)
        found.put_nowait(BrowserConnection(request))
        raise asyncio.CancelledError

    app = web.Application()
    app.router.add_get("/", handler)
    server = await aiohttp_server(app)

    browsers = ExitStack()

    async def connect(version="1.1"):
        browser = browsers.enter_context(socket.socket())
        browser.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(browser, ("127.0.0.1", server.port))
        await loop.sock_sendall(browser, f"GET / HTTP/{version}\r\nHost: x\r\n\r\n".encode())
        async with asyncio.timeout(PATIENCE):
            return browser, await found.get()

    with browsers:
        yield connect


async def rest(browser):
    """Return the body that a browser gets until the connection is closed."""
    parts = []
    async with asyncio.timeout(PATIENCE):
        while part := await asyncio.get_running_loop().sock_recv(browser, 1_000_000):
            parts.append(part)
    head, _, body = b"".join(parts).partition(b"\r\n\r\n")
    assert b"connection: close" in head.lower() or head.startswith(b"HTTP/1.0")
    return body


@pytest.mark.parametrize(
    ("version", "body"), [("1.1", b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"), ("1.0", b"onetwo")]
)
async def test_the_body_has_the_framing_of_the_request(taken, version, body):
    browser, connection = await taken(version)
    connection.write(b"one")
    connection.write(b"two")
    await connection.finish()
    assert await rest(browser) == body
    assert connection.lost


async def test_an_abort_leaves_the_body_without_its_end(taken):
    browser, connection = await taken()
    connection.write(b"one")
    connection.abort()
    assert not connection.has_room(1)
    assert await rest(browser) == b"3\r\none\r\n"


async def test_writing_waits_for_a_browser_that_does_not_read(taken):
    browser, connection = await taken()
    connection.write(LARGE)
    draining = asyncio.create_task(connection.drain())
    await asyncio.sleep(0)
    assert not draining.done()
    assert not connection.has_room(1)
    reading = asyncio.create_task(rest(browser))
    await draining
    assert connection.has_room(MAX_WAITING_BYTES)
    assert not connection.has_room(MAX_WAITING_BYTES + 1)
    await connection.finish()
    assert LARGE in await reading


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels take more")
async def test_the_kernel_takes_little_for_a_browser_that_does_not_read(taken):
    _, connection = await taken()
    connection.write(LARGE)
    assert len(LARGE) - connection._transport.get_write_buffer_size() < 1_000_000


async def test_a_browser_that_leaves_is_reported_once(taken):
    browser, connection = await taken()
    left = asyncio.Queue[None]()
    connection.on_lost(lambda: left.put_nowait(None))
    browser.close()
    async with asyncio.timeout(PATIENCE):
        await left.get()
    assert connection.lost
    assert not connection.has_room(1)
    connection.write(b"one")
    connection.abort()
    await connection.finish()
    with pytest.raises(ConnectionResetError):
        await connection.drain()
    connection.on_lost(lambda: left.put_nowait(None))
    assert left.qsize() == 1  # at once, because it has left


async def test_a_browser_that_leaves_ends_the_waits(taken):
    browser, connection = await taken()
    connection.write(LARGE)
    draining = asyncio.create_task(connection.drain())
    await asyncio.sleep(0)
    browser.close()
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(ConnectionResetError):
            await draining


async def test_what_a_browser_sends_later_is_not_read(taken):
    browser, connection = await taken()
    await asyncio.get_running_loop().sock_sendall(browser, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    await asyncio.sleep(0.01)
    connection.write(b"one")
    await connection.finish()
    assert (await rest(browser)).count(b"one") == 1
