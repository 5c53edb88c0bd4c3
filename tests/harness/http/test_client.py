"""The HTTP client: bytes, times, and the ways in which a stream can end, over real sockets."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from streamproof.contracts.transcript import Ending
from streamproof.harness.errors import UnreachableError, UsageError
from streamproof.harness.http import reading
from streamproof.harness.http.client import HttpCall, ReadLimits, read_stream

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
QUICK = ReadLimits(silence_seconds=0.1)
Writes = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def serve():
    """Serve raw bytes: every test decides what leaves, and how it ends."""
    servers = []

    async def start(writes: Writes) -> str:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            await writes(reader, writer)
            writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        servers.append(server)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"

    yield start
    for server in servers:
        server.close()
        await server.wait_closed()


def sends(*pieces: bytes) -> Writes:
    async def write(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"".join(pieces))
        await writer.drain()

    return write


async def test_a_complete_body_is_closed(serve, session):
    url = await serve(sends(HEAD, chunk(b"data: a\n\ndata: b\n\n"), b"0\r\n\r\n"))
    found = await read_stream(session, HttpCall("GET", url))
    assert [seen.event.data for seen in found.transcript.events] == ["a", "b"]
    assert found.transcript.ending is Ending.CLOSED
    assert found.transcript.headers["content-type"] == "text/event-stream"


async def test_a_cut_body_is_aborted_and_what_came_before_is_kept(serve, session):
    url = await serve(sends(HEAD, chunk(b"data: a\n\n"), b"5\r\nda"))
    found = await read_stream(session, HttpCall("GET", url))
    assert found.transcript.ending is Ending.ABORTED
    assert found.body == b"data: a\n\nda"


async def test_a_reset_is_aborted(serve, session):
    read = asyncio.Event()

    async def note(event) -> None:
        read.set()

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + chunk(b"data: a\n\n"))
        await read.wait()
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    found = await read_stream(session, HttpCall("GET", await serve(reset)), on_event=note)
    assert found.transcript.ending is Ending.ABORTED
    assert len(found.transcript.events) == 1


async def test_a_silent_stream_is_left_open(serve, session):
    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + chunk(b"data: a\n\n"))
        await reader.read()  # until the reader gives up

    url = await serve(stall)
    found = await read_stream(session, HttpCall("GET", url), QUICK)
    assert found.transcript.ending is Ending.OPEN
    assert found.problem == "nothing more arrived in 0.1 s"
    assert len(found.transcript.events) == 1


async def test_a_service_that_never_answers_is_left_open_without_a_status(serve, session):
    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    url = await serve(stall)
    found = await read_stream(session, HttpCall("GET", url), QUICK)
    assert (found.transcript.status, found.transcript.ending) == (0, Ending.OPEN)


async def test_a_connection_lost_before_the_headers_has_no_status(serve, session):
    url = await serve(sends(b""))
    found = await read_stream(session, HttpCall("POST", url, json={}))
    assert (found.transcript.status, found.transcript.ending) == (0, Ending.ABORTED)


async def test_an_endless_stream_is_left_after_the_total_time(serve, session):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD)
        while not writer.is_closing():
            writer.write(chunk(b": more\n\n" * 8192))
            await writer.drain()

    url = await serve(talk)
    found = await read_stream(session, HttpCall("GET", url), ReadLimits(total_seconds=0.1))
    assert found.problem == "still open after 0.1 s"


async def test_an_event_beyond_the_limits_of_the_reader_ends_the_reading(
    serve, session, monkeypatch
):
    monkeypatch.setattr(reading, "MAX_EVENT_BYTES", 10)

    async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + chunk(b"data: a\n\n") + chunk(b"data: much too large\n\n"))
        await reader.read()  # until the client leaves

    found = await read_stream(session, HttpCall("GET", await serve(send)))
    assert [seen.event.data for seen in found.transcript.events] == ["a"]
    assert found.transcript.ending is Ending.OPEN
    assert found.problem is not None


async def test_a_refused_connection_is_unreachable(session, unused_tcp_port):
    with pytest.raises(UnreachableError, match=str(unused_tcp_port)):
        await read_stream(session, HttpCall("GET", f"http://127.0.0.1:{unused_tcp_port}/"))


async def test_what_is_no_url_is_wrong_usage(session):
    with pytest.raises(UsageError, match="not a URL"):
        await read_stream(session, HttpCall("GET", "http://"))


async def test_each_event_is_handed_over_before_more_is_read(serve, session):
    seen = []

    async def note(event) -> None:
        seen.append(event.data)

    url = await serve(sends(HEAD, chunk(b"data: a\n\n"), chunk(b"data: b\n\n"), b"0\r\n\r\n"))
    await read_stream(session, HttpCall("GET", url), on_event=note)
    assert seen == ["a", "b"]


async def test_a_form_is_sent_as_a_form(serve, session):
    bodies = []

    async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        bodies.append(await reader.readexactly(len("message=a+%26+b")))
        writer.write(HEAD + b"0\r\n\r\n")

    url = await serve(read)
    await read_stream(session, HttpCall("POST", url, form=(("message", "a & b"),)))
    assert bodies == [b"message=a+%26+b"]
