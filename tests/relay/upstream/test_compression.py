"""Compression that the relay did not ask for is unpacked in small parts, or refused."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from typing import TYPE_CHECKING

import pytest

from streamproof.relay.lifecycle import Reason
from tests.relay.raw_server import LAST_CHUNK, chunk, head
from tests.relay.upstream.scripts import END, EVENTS, HI, sends

if TYPE_CHECKING:
    from tests.relay.raw_server import Connection


GZIP = head(Content_Type="text/event-stream", Transfer_Encoding="chunked", Content_Encoding="gzip")


async def test_a_gzip_body_is_decoded(serve, client):
    server = await serve(sends(GZIP, chunk(gzip.compress(HI + END)), LAST_CHUNK))
    relay_client = client(server)
    assert await relay_client.run() == EVENTS
    assert relay_client.direct == [False]  # few bytes can unpack to many


@pytest.mark.parametrize("between", [b"", b"\0" * 9], ids=["one after the other", "zeros between"])
async def test_every_member_of_a_gzip_body_is_decoded(serve, client, between):
    body = gzip.compress(HI) + between + gzip.compress(END) + between
    whole = await serve(sends(GZIP, chunk(body), LAST_CHUNK))
    assert await client(whole).run() == EVENTS
    bytewise = [chunk(body[at : at + 1]) for at in range(len(body))]
    assert await client(await serve(sends(GZIP, *bytewise, LAST_CHUNK))).run() == EVENTS


async def test_a_flushed_gzip_event_is_delivered_at_once(serve, client):
    seen = asyncio.Event()

    async def script(connection: Connection) -> None:
        packer = zlib.compressobj(wbits=31)
        first = packer.compress(HI) + packer.flush(zlib.Z_SYNC_FLUSH)
        await connection.send(GZIP, chunk(first))
        await seen.wait()
        await connection.send(chunk(packer.compress(END) + packer.flush()), LAST_CHUNK)

    relay_client = client(await serve(script))
    running = asyncio.create_task(relay_client.run())
    assert await relay_client.until(1) == EVENTS[:1]
    seen.set()
    assert await running == EVENTS


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (GZIP + chunk(b"this is no gzip" * 9) + LAST_CHUNK, Reason.aborted),
        (GZIP.replace(b"gzip", b"br") + chunk(HI + END) + LAST_CHUNK, Reason.not_a_stream),
    ],
    ids=["broken", "unknown"],
)
async def test_a_body_that_cannot_be_decoded_gives_no_events(serve, client, response, reason):
    relay_client = client(await serve(sends(response)))
    assert await relay_client.reason() is reason
    assert relay_client.events == []


async def test_a_body_that_ends_inside_a_member_keeps_its_events_but_fails(serve, client):
    relay_client = client(await serve(sends(GZIP, chunk(gzip.compress(HI)[:-4]), LAST_CHUNK)))
    assert await relay_client.reason() is Reason.aborted
    assert relay_client.events == EVENTS[:1]


async def test_a_small_body_that_unpacks_to_a_large_one_is_bounded(serve, client):
    bomb = gzip.compress(b": comment\n" * 1_000_000)
    server = await serve(sends(GZIP, chunk(bomb), chunk(bomb), LAST_CHUNK))
    relay_client = client(server, max_reply_bytes=100_000)
    assert await relay_client.reason() is Reason.reply_too_large
