"""The HTTP client: bytes, times, and the ways in which a stream can end, over real sockets."""

import asyncio
import gzip
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable
from contextlib import suppress

import brotli
import pytest

from streamproof.contracts.transcript import Ending
from streamproof.harness.errors import UnreachableError, UsageError
from streamproof.harness.http import reading
from streamproof.harness.http.client import HttpCall, ReadLimits, client_session, read_stream

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
QUICK = ReadLimits(silence_seconds=1)
Writes = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


# The Zstandard frame of `data: a` and a blank line: one raw block, without a checksum.
ZSTANDARD = bytes.fromhex("28b52ffd2009490000") + b"data: a\n\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


@pytest.fixture
async def session():
    async with client_session() as session:
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
    assert found.problem == "nothing more arrived in 1 s"
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
    assert found.transcript.ending is Ending.UNREAD
    assert found.problem is not None


async def test_a_flood_is_left_at_the_limit_of_bytes(serve, session):
    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD)
        with suppress(ConnectionError):
            while not writer.is_closing():
                writer.write(chunk(b"data: " + b"x" * 5_000 + b"\n\n"))
                await writer.drain()

    url = await serve(flood)
    found = await read_stream(session, HttpCall("GET", url), ReadLimits(max_bytes=1_000_000))
    assert found.transcript.ending is Ending.UNREAD
    assert found.problem == "its limit is 1,000,000 bytes"
    assert len(found.body) < 2_000_000


@pytest.mark.parametrize("size", [9_000, 60_000])
async def test_a_large_header_is_read(serve, session, size):
    head = HEAD.removesuffix(b"\r\n") + b"X-Large: " + b"x" * size + b"\r\n\r\n"
    url = await serve(sends(head, chunk(b"data: a\n\n"), b"0\r\n\r\n"))
    found = await read_stream(session, HttpCall("GET", url))
    assert len(found.transcript.headers["x-large"]) == size
    assert found.transcript.ending is Ending.CLOSED


@pytest.mark.parametrize(
    "headers",
    [b"X-Large: " + b"x" * 70_000 + b"\r\n", b"X: y\r\n" * 1_001],
    ids=["a line", "many headers"],
)
async def test_a_head_beyond_the_limits_of_the_reader_is_not_a_broken_connection(
    serve, session, headers
):
    url = await serve(sends(HEAD.removesuffix(b"\r\n") + headers + b"\r\n"))
    found = await read_stream(session, HttpCall("GET", url))
    assert (found.transcript.status, found.transcript.ending) == (0, Ending.UNREAD)
    assert (found.problem or "").endswith("the limit of this client")


@pytest.mark.parametrize(
    ("coding", "code"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("br", brotli.compress),
        ("zstd", lambda _: ZSTANDARD),
    ],
)
async def test_a_coding_that_browsers_know_is_decoded(serve, session, coding, code):
    head = HEAD.removesuffix(b"\r\n") + f"Content-Encoding: {coding}\r\n\r\n".encode()
    url = await serve(sends(head, chunk(code(b"data: a\n\n")), b"0\r\n\r\n"))
    found = await read_stream(session, HttpCall("GET", url))
    assert [seen.event.data for seen in found.transcript.events] == ["a"]
    assert found.problem is None


async def test_an_unknown_coding_is_read_as_it_is_and_named(serve, session):
    head = HEAD.removesuffix(b"\r\n") + b"Content-Encoding: compress\r\n\r\n"
    url = await serve(sends(head, chunk(b"\x1f\x9d"), b"0\r\n\r\n"))
    found = await read_stream(session, HttpCall("GET", url))
    assert found.body == b"\x1f\x9d"
    assert (found.problem or "").startswith("the Content-Encoding 'compress' is unknown")


async def test_a_broken_coding_is_named_with_what_a_browser_does(serve, session):
    head = HEAD.removesuffix(b"\r\n") + b"Content-Encoding: br\r\n\r\n"
    url = await serve(sends(head, chunk(b"not brotli"), b"0\r\n\r\n"))
    found = await read_stream(session, HttpCall("GET", url))
    assert found.transcript.ending is Ending.ABORTED
    wanted = "as its Content-Encoding says ('br'); a browser fails as well"
    assert (found.problem or "").endswith(wanted)


async def test_a_refused_connection_is_unreachable(session, unused_tcp_port):
    with pytest.raises(UnreachableError, match=str(unused_tcp_port)):
        await read_stream(session, HttpCall("GET", f"http://127.0.0.1:{unused_tcp_port}/"))


async def test_text_that_is_not_a_url_is_wrong_usage(session):
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


async def test_each_request_has_a_connection_of_its_own(session, serve):
    """A server may close a kept connection at the moment at which it is used again."""
    opened: list[str] = []

    async def write(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append("connection")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ndata: a\n\n")
        await reader.read()

    url = await serve(write)
    for _ in range(2):
        reading = await read_stream(session, HttpCall("POST", url))
        assert reading.transcript.ending is Ending.CLOSED
    assert len(opened) == 2
