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
from streamproof.relay.fair_queue import FairQueue

PATIENCE = 30.0
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


@asynccontextmanager
async def slow_server(count):
    """Serve pages, and read from one connection in each turn of the loop; give connections."""
    served = []

    async def page(request):
        served.append((request.path, await request.text()))
        return web.Response(text="ok")

    limits = ConnectionLimits(head_seconds=10, max_connections=100, first=(b"GET /first ",))
    pages = web.Server(page)
    protocol = with_limits(pages, limits)
    limited: Any = type(protocol())
    limited.reading, limited.reading_first = FairQueue(0.0), FairQueue(0.0)
    loop = asyncio.get_running_loop()
    async with await loop.create_server(protocol, "127.0.0.1", 0) as listening:
        address = listening.sockets[0].getsockname()
        pairs = [await asyncio.open_connection(*address) for _ in range(count)]
        yield limited, served, pairs
        pages.pre_shutdown()
        await pages.shutdown(PATIENCE)
        for _, writer in pairs:
            writer.close()


def request(path, body=b"", length=None):
    """Return a request with a body."""
    length = len(body) if length is None else length
    return b"GET %b HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (path, length, body)


async def test_requests_that_arrive_together_begin_in_turns_of_the_loop():
    turn_of_loop, begun = 0, []
    async with slow_server(20) as (limited, served, pairs):
        receive = limited._receive

        def noting(self, data):
            begun.append(turn_of_loop)
            receive(self, data)

        limited._receive = noting
        for number, (_, writer) in enumerate(pairs):
            writer.write(request(b"/%d" % number))
        while len(served) < len(pairs):
            await asyncio.sleep(0)
            turn_of_loop += 1
        assert len(set(begun)) == len(pairs)
        assert {path for path, _ in served} == {f"/{number}" for number in range(len(pairs))}
        for reader, _ in pairs:
            assert b"200 OK" in await reader.readuntil(b"ok")


async def test_bytes_that_wait_keep_their_order_and_are_few():
    body = bytes(range(97, 123)) * 40_000
    async with slow_server(8) as (limited, served, pairs):
        for _, writer in pairs:
            writer.write(request(b"/", body[:10], len(body)))
            writer.write(body[10:])
        most = 0
        while len(served) < len(pairs):
            most = max(most, len(limited.reading._waiting))
            await asyncio.sleep(0)
        assert set(served) == {("/", body.decode())}
        assert most <= len(pairs)
        for reader, _ in pairs:
            assert b"200 OK" in await reader.readuntil(b"ok")


class Stuck(FairQueue):
    """A queue in which no step ever gets its turn."""

    def run(self, step):
        """Keep the step."""
        self._waiting.append(step)
        return False


async def test_a_question_about_the_server_does_not_wait_for_other_requests():
    async with slow_server(3) as (limited, served, pairs):
        limited.reading = Stuck()
        for _, writer in pairs[:-1]:
            writer.write(request(b"/"))
        reader, writer = pairs[-1]
        for _ in range(2):
            writer.write(b"GET /first HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"200 OK" in await reader.readuntil(b"ok")
        assert served == [("/first", "")] * 2


async def test_requests_after_such_a_question_do_not_overtake_the_others():
    async with slow_server(2) as (limited, served, ((_, lured), (reader, writer))):
        limited.reading = Stuck()
        lured.write(b"GET /first HTTP/1.1\r\nHost: x\r\n\r\n" + request(b"/other"))
        while not limited.waiting:  # noqa: ASYNC110 - turns of the loop
            await asyncio.sleep(0)
        writer.write(b"GET /first HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in await reader.readuntil(b"ok")
        assert served == [("/first", "")]


async def test_bytes_of_a_body_that_look_like_such_a_question_keep_their_place():
    lure = b"GET /first HTTP/1.1\r\n"
    async with slow_server(2) as (_, served, ((reader, writer), (_, other))):
        writer.write(request(b"/", length=2 * len(lure)))
        other.write(request(b"/other"))
        await asyncio.sleep(0)
        for _ in range(2):
            await send(writer, lure)
        assert b"200 OK" in await reader.readuntil(b"ok")
        assert ("/", 2 * lure.decode()) in served


async def test_bytes_of_a_connection_that_was_closed_meanwhile_are_dropped():
    async with slow_server(3) as (limited, served, pairs):
        for number, (_, writer) in enumerate(pairs):
            writer.write(request(b"/%d" % number))
        while not limited.reading._waiting:  # noqa: ASYNC110 - turns of the loop
            await asyncio.sleep(0)
        list(limited.waiting)[-1].force_close()
        while len(served) < 2 or limited.reading._waiting:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0)
        assert len(served) == 2


async def test_requests_that_wait_when_the_server_shuts_down_are_answered():
    async with slow_server(5) as (limited, served, pairs):
        limited.reading = Stuck()
        for _, writer in pairs:
            writer.write(request(b"/", b"a", 2))
        while len(limited.waiting) < len(pairs):  # noqa: ASYNC110 - turns of the loop
            await asyncio.sleep(0)
        for connection in limited.waiting:
            connection.data_received(b"b")
    assert served == [("/", "ab")] * len(pairs)


async def test_an_error_in_bytes_that_waited_closes_their_connection():
    async with slow_server(1) as (limited, _, ((reader, writer),)):
        limited.reading = queue = Stuck()

        def fail(_connection, _data):
            raise RuntimeError

        limited._receive = fail
        writer.write(request(b"/"))
        while not limited.waiting:  # noqa: ASYNC110 - turns of the loop
            await asyncio.sleep(0)
        with pytest.raises(RuntimeError):
            queue._waiting.popleft()()
        assert await reader.read() == b""


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
