"""The stream of one browser: what happens when the browser leaves, or stops reading."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from contextlib import suppress
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, cast

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from streamproof.relay import app as app_module
from streamproof.relay.app import create_app
from streamproof.relay.browser_connection import BrowserConnection
from streamproof.relay.frames import Frame, FrameBatch
from streamproof.relay.resume import ResumePoint
from streamproof.relay.routes import RELAY
from streamproof.relay.sending import WRITE_BYTES, send_turn
from streamproof.relay.storage.errors import StorageError
from tests.relay.conftest import User, bearer
from tests.relay.scripted_ai import END, content

if TYPE_CHECKING:
    from streamproof.relay.log.base import EventLog

PARTS = 12
LARGE_BATCH = FrameBatch("turn", [Frame(0, "message", "x" * PARTS * WRITE_BYTES)])


async def test_the_stream_of_a_browser_that_left_ends_at_the_next_frame(ai, make_settings, caplog):
    caplog.set_level(logging.DEBUG, "streamproof.relay.sending")
    # As in production: aiohttp's server for tests cancels a handler whose client has left.
    runner = web.AppRunner(create_app(make_settings()))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession(url, headers=bearer("ana")) as browser:
        room = await (await browser.post("/api/chat/rooms")).json()
        form = {"message": "Hello?"}
        stream = await browser.post(f"/api/chat/{room['id']}/stream", data=form)
        call = await ai.call()
        stream.close()
        async with LogMessage("the browser left"):
            while not caplog.messages:
                await call.send(content("a"))
        await call.finish(END)
    await runner.cleanup()


@pytest.fixture
def streaming(relay, aiohttp_server):
    """Start a server with one stream, whose frames come from a log; return its URL."""

    async def start(log):
        async def handler(request):
            reader = replace(relay.app[RELAY], log=cast("EventLog", log))
            return await send_turn(request, ResumePoint("turn", "message"), reader, "ana")

        app = web.Application()
        app.router.add_get("/", handler)
        return (await aiohttp_server(app)).make_url("/")

    return start


async def test_a_browser_that_left_before_the_head_gets_no_stream(relay):
    app = web.Application()
    app[RELAY] = relay.app[RELAY]
    request = make_mocked_request("GET", "/api/chat/stream", app=app)
    request.protocol.transport = None
    with pytest.raises(asyncio.CancelledError):
        await send_turn(request, ResumePoint("turn", "message"), app[RELAY], "ana")
    assert relay.app[RELAY].sending == set()


class FailingLog:
    """A log that cannot be read."""

    def __init__(self, error):
        self._error = error

    async def follow(self, *_arguments):
        """Yield a silence, then fail like a database that refuses."""
        yield FrameBatch("turn", ())
        raise self._error


@pytest.mark.parametrize(
    ("error", "level"), [(StorageError("refused"), "INFO"), (LookupError("odd"), "ERROR")]
)
async def test_a_log_that_fails_breaks_the_body_off(relay, streaming, caplog, error, level):
    caplog.set_level(logging.INFO, "streamproof.relay.sending")
    url = await streaming(FailingLog(error))
    async with aiohttp.ClientSession() as browser, browser.get(url) as stream:
        with pytest.raises(aiohttp.ClientPayloadError):
            await stream.read()
    assert [record.levelname for record in caplog.records] == [level]
    assert relay.app[RELAY].streams_of_user.total == 0


class LargeLog:
    """A log with one large frame, which its readers get together."""

    def __init__(self, readers=1):
        self._all_are_here = asyncio.Barrier(readers)

    async def follow(self, *_arguments):
        """Yield it."""
        await self._all_are_here.wait()
        yield LARGE_BATCH


@pytest.fixture
def short_writes(relay):
    """Let the relay write one part of all large writes in each turn of the event loop."""
    relay.app[RELAY].writing._budget_seconds = 0.0


@pytest.mark.usefixtures("short_writes")
async def test_other_tasks_run_between_the_parts_of_a_large_write(streaming, monkeypatch):
    turns_of_loop, seen = 0, []
    write = BrowserConnection.write

    def noting(self, data):
        seen.append(turns_of_loop)
        write(self, data)

    async def count():
        nonlocal turns_of_loop
        while True:
            await asyncio.sleep(0)
            turns_of_loop += 1

    monkeypatch.setattr(BrowserConnection, "write", noting)
    url = await streaming(LargeLog())
    counting = asyncio.create_task(count())
    async with aiohttp.ClientSession() as browser, browser.get(url) as stream:
        assert len(await stream.read()) > PARTS * WRITE_BYTES
    counting.cancel()
    assert len(seen) > PARTS
    assert len(set(seen)) == len(seen)


@pytest.mark.usefixtures("short_writes")
async def test_large_writes_to_several_browsers_take_turns(streaming, monkeypatch):
    seen = []
    write = BrowserConnection.write

    def noting(self, data):
        seen.append(self)
        write(self, data)

    monkeypatch.setattr(BrowserConnection, "write", noting)
    url = await streaming(LargeLog(readers=2))
    async with (
        aiohttp.ClientSession() as browsers,
        browsers.get(url) as first,
        browsers.get(url) as second,
    ):
        assert await first.read() == await second.read()
    assert len(seen) == 2 * (PARTS + 1)
    longest = max(len(list(group)) for _, group in groupby(seen))
    assert longest < PARTS


async def test_a_large_first_frame_begins_with_the_retry_time(streaming):
    url = await streaming(LargeLog())
    async with aiohttp.ClientSession() as browser, browser.get(url) as stream:
        body = await stream.read()
    retry, frames = body[: len(b"retry: 2000\n")], body[len(b"retry: 2000\n") :]
    assert retry == b"retry: 2000\n"
    assert frames == LARGE_BATCH.wire


class SilentLog:
    """A log that is silent at first."""

    async def follow(self, *_arguments):
        """Yield a silence, then a frame."""
        yield FrameBatch("turn", ())
        yield FrameBatch("turn", [Frame(0, None, "x")])


async def test_the_retry_time_comes_with_the_first_frame_and_not_with_a_heartbeat(streaming):
    url = await streaming(SilentLog())
    async with aiohttp.ClientSession() as browser, browser.get(url) as stream:
        body = await stream.read()
    heartbeat, frame = body.split(b"\n\n")[:2]
    assert heartbeat.startswith(b":")
    assert b"retry" not in heartbeat
    assert frame.startswith(b"retry: 2000\nid: turn:0\n")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no Unix sockets in asyncio")
async def test_a_server_on_a_unix_socket_streams_too(relay, tmp_path):
    async def handler(request):
        reader = replace(relay.app[RELAY], log=cast("EventLog", LargeLog()))
        return await send_turn(request, ResumePoint("turn", "message"), reader, "ana")

    app = web.Application()
    app.router.add_get("/", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.UnixSite(runner, tmp_path / "relay.sock").start()
    connector = aiohttp.UnixConnector(str(tmp_path / "relay.sock"))
    async with (
        aiohttp.ClientSession(connector=connector) as browser,
        browser.get("http://relay/") as stream,
    ):
        assert (await stream.read()).endswith(LARGE_BATCH.wire)
    await runner.cleanup()


class LogMessage(logging.Handler):
    """Waits for a text in the log of the streams."""

    def __init__(self, text):
        super().__init__()
        self._text = text
        self._event = asyncio.Event()

    def emit(self, record):
        """Compare a record."""
        if self._text in record.getMessage():
            self._event.set()

    async def __aenter__(self):
        logging.getLogger("streamproof.relay.sending").addHandler(self)
        return self

    async def __aexit__(self, *_exc_info):
        await self._event.wait()
        logging.getLogger("streamproof.relay.sending").removeHandler(self)


@pytest.mark.security(14)
async def test_a_stalled_browser_is_disconnected_and_the_turn_continues(ai, start_relay, caplog):
    caplog.set_level(logging.INFO)
    client = await start_relay(write_stall_seconds=0.01, max_answer_bytes=64_000_000)
    ana = User(client, "ana")
    room = await ana.room()
    with socket.socket() as reader:
        send_message(reader, client.port, room, ana.headers["Authorization"])
        call = await ai.call()
        async with LogMessage("the browser connection is closed"):
            for _ in range(20):
                await call.send(content("x" * 500_000))
        await call.finish(END)
        turn_id = (await ana.history(room))[0]["turn"]["id"]
        *_, last = [b async for b in client.app[RELAY].log.follow(turn_id, 0, 60.0)]
        assert last.frames[-1].event == "end"
        received = await asyncio.to_thread(read_all, reader)
    assert b"event: message" in received
    assert b"event: end" not in received
    assert not received.endswith(b"0\r\n\r\n")


def send_message(reader, port, room, token):
    """Send a message on a socket that is not read afterwards."""
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.connect(("127.0.0.1", port))
    body = b"message=Hello"
    head = (
        f"POST /api/chat/{room}/stream HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nAuthorization: {token}\r\n\r\n"
    )
    reader.sendall(head.encode() + body)


async def test_the_end_of_the_relay_does_not_wait_for_a_stalled_browser(
    ai, make_settings, monkeypatch
):
    monkeypatch.setattr(app_module, "LAST_FRAME_SECONDS", 0.01)
    runner = web.AppRunner(create_app(make_settings(max_answer_bytes=64_000_000)))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    relay = runner.app[RELAY]
    port = runner.addresses[0][1]
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=bearer("ana")) as ana:
        room = (await (await ana.post("/api/chat/rooms")).json())["id"]
    with socket.socket() as reader:
        send_message(reader, port, room, bearer("ana")["Authorization"])
        call = await ai.call()
        for _ in range(20):
            await call.send(content("x" * 500_000))
        (sending,) = relay.sending
        await runner.cleanup()
        async with asyncio.timeout(20):
            await asyncio.wait([sending])
        received = await asyncio.to_thread(read_all, reader)
    assert not received.endswith(b"0\r\n\r\n")
    assert relay.streams_of_user.total == 0


def read_all(reader):
    """Return what a socket receives until it is closed, or reset."""
    data = b""
    with suppress(ConnectionResetError):
        while part := reader.recv(65_536):
            data += part
    return data
