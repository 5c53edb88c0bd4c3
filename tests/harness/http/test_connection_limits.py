"""Heads that are sent by halves, and too many connections, are cut."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakSet

import pytest
from aiohttp import web

from streamproof.harness.http.connection_limits import ConnectionLimits, with_limits
from streamproof.harness.http.server import serving
from streamproof.relay.browser_connection import BrowserConnection

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@asynccontextmanager
async def server(**limits):
    """Serve one page with limits; give a function that connects."""

    async def page(request):
        await request.read()
        return web.Response(text="ok")

    async def taken_over(request):
        response = web.StreamResponse()
        response.force_close()
        await response.prepare(request)
        connection = BrowserConnection(request)
        connection.write(b"ok")
        raise asyncio.CancelledError

    app = web.Application()
    app.router.add_route("*", "/", page)
    app.router.add_get("/taken", taken_over)
    all_limits = {"head_seconds": 0.05, "max_connections": 100, **limits}
    async with serving(app, limits=ConnectionLimits(**all_limits)) as url:
        port = urlsplit(url).port
        yield lambda: asyncio.open_connection("127.0.0.1", port)


async def send(writer, data):
    writer.write(data)
    await writer.drain()


@pytest.mark.security(13)
@pytest.mark.parametrize("part", [b"G", b"GET / HTTP/1.1\r\n", HEAD[:-1]])
async def test_a_head_that_stays_half_is_cut(part):
    async with server() as connect:
        reader, writer = await connect()
        await send(writer, part)
        assert await reader.read() == b""
        writer.close()


@pytest.mark.security(13)
async def test_a_head_that_drips_is_cut():
    async with server() as connect:
        reader, writer = await connect()
        await send(writer, b"GET / HTTP/1.1\r\nX: ")
        reading = asyncio.ensure_future(reader.read())
        while not reading.done():  # every byte would renew a limit of silence
            writer.write(b"x")
            await asyncio.wait([reading], timeout=0.01)
        assert reading.exception() is not None or reading.result() == b""
        writer.close()


async def test_the_second_head_of_a_connection_has_the_same_time():
    async with server() as connect:
        reader, writer = await connect()
        await send(writer, HEAD)
        assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        await send(writer, HEAD[:10])
        assert await reader.read() == b""
        writer.close()


@pytest.fixture
async def after(monkeypatch):
    """Return a function that moves the clock of the loop, and gives the server its turns."""
    loop = asyncio.get_running_loop()
    passed = 0.0
    monkeypatch.setattr(loop, "time", lambda: time.monotonic() + passed)

    async def after(seconds):
        nonlocal passed
        for moved in (0.0, seconds):
            passed += moved
            for _ in range(5):
                await asyncio.sleep(0)

    return after


async def test_a_connection_stays_open_after_a_head_that_came_in_halves(after):
    async with server(head_seconds=30) as connect:
        reader, writer = await connect()
        await send(writer, HEAD[:10])
        await after(20)
        await send(writer, HEAD[10:])
        assert b"200 OK" in await reader.readuntil(b"ok")
        await after(40)
        await send(writer, HEAD)
        assert b"200 OK" in await reader.readuntil(b"ok")
        writer.close()


async def test_a_request_longer_than_the_time_for_its_head_is_answered():
    async with server(head_seconds=0.01) as connect:
        reader, writer = await connect()
        await send(writer, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(), 0.05)
        await send(writer, b"cd")
        assert b"200 OK" in await reader.readuntil(b"ok")
        writer.close()


async def test_an_idle_connection_stays_open():
    async with server(head_seconds=0.01) as connect:
        reader, writer = await connect()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(), 0.05)
        await send(writer, HEAD)
        assert b"200 OK" in await reader.readuntil(b"ok")
        writer.close()


@pytest.mark.security(13)
async def test_connections_over_the_maximum_are_closed_at_once():
    async with server(max_connections=2, head_seconds=10.0) as connect:
        kept = [await connect() for _ in range(2)]
        for reader, writer in kept:
            await send(writer, HEAD)
            await reader.readuntil(b"ok")
        reader, writer = await connect()
        assert await reader.read() == b""
        writer.close()
        kept[0][1].close()
        await kept[0][0].read()
        await send(kept[1][1], HEAD)
        await kept[1][0].readuntil(b"ok")
        reader, writer = await connect()
        await send(writer, HEAD)
        assert b"200 OK" in await reader.readuntil(b"ok")
        writer.close()
        kept[1][1].close()


class Counting(WeakSet[asyncio.BaseTransport]):
    """Connections that count how many of them were looked at one by one."""

    def __init__(self) -> None:
        super().__init__()
        self.looked_at = 0

    def __iter__(self):
        """Count each one that is given out."""
        for one in super().__iter__():
            self.looked_at += 1
            yield one


async def test_a_refused_connection_looks_at_no_open_one():
    async def page(_):
        return web.Response(text="ok")

    protocol = with_limits(web.Server(page), ConnectionLimits(head_seconds=10, max_connections=30))
    limited: Any = type(protocol())
    limited.open_now = open_now = Counting()
    loop = asyncio.get_running_loop()
    async with await loop.create_server(protocol, "127.0.0.1", 0) as listening:
        address = listening.sockets[0].getsockname()
        kept = [await asyncio.open_connection(*address) for _ in range(30)]
        for reader, writer in kept:
            await send(writer, HEAD)
            await reader.readuntil(b"ok")
        for _ in range(20):
            reader, writer = await asyncio.open_connection(*address)
            assert await reader.read() == b""
            writer.close()
        assert (len(open_now), open_now.looked_at) == (30, 0)
        assert len(list(open_now)) == open_now.looked_at
        for _, writer in kept:
            writer.close()


@pytest.mark.security(13)
async def test_a_connection_that_was_taken_over_counts_until_it_ends():
    async with server(max_connections=1) as connect:
        reader, writer = await connect()
        await send(writer, HEAD.replace(b"/", b"/taken", 1))
        await reader.readuntil(b"ok")
        refused, refused_writer = await connect()
        assert await refused.read() == b""
        refused_writer.close()
        writer.close()
        for _ in range(1000):  # the server sees the end some turns of the loop later
            reader, writer = await connect()
            await send(writer, HEAD)
            if b"200 OK" in await reader.read(100):
                break
            writer.close()
        else:
            pytest.fail("the connection still counts")
        writer.close()
