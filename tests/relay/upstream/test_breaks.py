"""A stream that breaks off loses no event that was complete before."""

from __future__ import annotations

import asyncio
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from streamproof.contracts.sse import Event
from streamproof.relay.errors import UpstreamFailed
from streamproof.relay.lifecycle import Reason
from tests.relay.raw_server import LAST_CHUNK, STREAM, chunk, head
from tests.relay.upstream.scripts import END, EVENTS, HI, PATIENCE, floods, sends

if TYPE_CHECKING:
    from tests.relay.raw_server import Connection


@pytest.mark.parametrize(
    ("pieces", "then"),
    [
        ((STREAM, chunk(HI)), "close"),
        ((STREAM, chunk(HI), chunk(END)[:-5]), "close"),
        ((STREAM, chunk(HI), b"zz\r\n"), "hold"),
        ((STREAM, chunk(HI), b"3\r\nabcX"), "hold"),
        ((head(Content_Type="text/event-stream", Content_Length="999"), HI), "close"),
        ((head(Content_Type="text/event-stream"), HI), "reset"),
    ],
    ids=[
        *("no-last-chunk", "inside-a-chunk", "bad-chunk-size", "long-chunk", "short-of-its-length"),
        "reset-without-a-length",
    ],
)
async def test_all_events_before_a_break_are_delivered(serve, client, pieces, then):
    relay_client = client(await serve(sends(*pieces, then=then)))
    assert await relay_client.reason() is Reason.aborted
    assert relay_client.events == EVENTS[:1]


@pytest.mark.parametrize(
    ("pieces", "detail"),
    [
        ((STREAM, chunk(HI)), "the body ended before its last chunk"),
        ((STREAM, chunk(HI), b"zz\r\n"), "the reply is not valid HTTP/1.1"),
        ((STREAM, chunk(HI), b"0\r\nbad trailer\r\n\r\n"), "the reply is not valid HTTP/1.1"),
    ],
)
async def test_the_log_says_what_was_wrong(serve, client, pieces, detail):
    failure = await client(await serve(sends(*pieces))).failure()
    assert failure.detail == detail


async def test_a_break_before_the_reading_begins_loses_no_event(serve, client):
    server = await serve(sends(head(Content_Type="text/event-stream", Content_Length="999"), HI))
    relay_client = client(server)
    reply = await relay_client.ask()
    changed = asyncio.Event()
    reply._response.on_change = changed.set
    async with asyncio.timeout(PATIENCE):
        while reply._response.error is None:  # the connection is not lost yet
            await changed.wait()
            changed.clear()
    with pytest.raises(UpstreamFailed) as failure:
        await reply.read()
    assert failure.value.reason is Reason.aborted
    assert relay_client.events == EVENTS[:1]


async def test_a_slow_reader_gets_the_events_before_a_break(serve, client):
    got_first = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.send(STREAM, chunk(HI))
        await got_first.wait()
        await connection.send(chunk(END))
        connection.writer.write_eof()
        await connection.until_closed()

    server = await serve(script)
    relay_client = client(server)
    relay_client.holding = True
    running = asyncio.create_task(relay_client.reason())
    assert await relay_client.until(1) == EVENTS[:1]
    got_first.set()
    async with asyncio.timeout(PATIENCE):
        await server.connections[0].closed.wait()  # now the client has seen the break
    relay_client.holding = False
    relay_client.reply.go_on()
    assert await running is Reason.aborted
    assert relay_client.events == EVENTS


@pytest.mark.parametrize(("size", "passes"), [(100, True), (101, False)])
async def test_exactly_the_limit_of_event_bytes_passes(serve, client, size, passes):
    big = b"data: " + b"x" * size + b"\n\n"
    relay_client = client(
        await serve(sends(STREAM, chunk(HI + big + END), LAST_CHUNK)), max_event_bytes=100
    )
    if passes:
        assert await relay_client.run() == [EVENTS[0], Event(data="x" * size), EVENTS[1]]
    else:
        assert await relay_client.reason() is Reason.event_too_large
        assert relay_client.events == EVENTS[:1]


@pytest.mark.security(15)
@pytest.mark.parametrize(
    "piece", [b"data: x\n", b"data: x", b": x"], ids=["lines", "line", "comment"]
)
async def test_an_endless_event_fails(serve, client, piece):
    relay_client = client(await serve(floods(STREAM, chunk(piece * 5000))))
    relay_client.has_content = True
    assert await relay_client.reason() is Reason.event_too_large


async def test_a_long_reply_needs_little_memory(serve, client):
    event = chunk(b"data: " + b"x" * 100_000 + b"\n\n")

    async def script(connection: Connection) -> None:
        await connection.send(STREAM)
        for _ in range(300):
            await connection.send(event)
        await connection.send(LAST_CHUNK)

    relay_client = client(await serve(script))
    relay_client.holding = True
    tracemalloc.start()
    running = asyncio.create_task(relay_client.run())
    count = 0
    while count < 300:
        count += len(await relay_client.until(1))
        relay_client.events.clear()
        for _ in range(3):  # the reader is slower than the sender
            await asyncio.sleep(0)
        relay_client.reply.go_on()
    await running
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 300
    assert peak < 8_000_000
