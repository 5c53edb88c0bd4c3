"""Compression that the relay did not ask for is decoded."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from contextlib import aclosing
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
    assert await client(server).run() == EVENTS


async def test_a_flushed_gzip_event_is_delivered_at_once(serve, client):
    seen = asyncio.Event()

    async def script(connection: Connection) -> None:
        packer = zlib.compressobj(wbits=31)
        first = packer.compress(HI) + packer.flush(zlib.Z_SYNC_FLUSH)
        await connection.send(GZIP, chunk(first))
        await seen.wait()
        await connection.send(chunk(packer.compress(END) + packer.flush()), LAST_CHUNK)

    async with aclosing(client(await serve(script)).ask()) as batches:
        assert await anext(batches) == EVENTS[:1]
        seen.set()
        assert [batch async for batch in batches] == [EVENTS[1:]]


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (GZIP + chunk(b"this is no gzip" * 9) + LAST_CHUNK, Reason.aborted),
        (GZIP.replace(b"gzip", b"snappy") + chunk(HI + END) + LAST_CHUNK, None),
    ],
    ids=["broken", "unknown"],
)
async def test_a_body_that_cannot_be_decoded_gives_no_wrong_events(serve, client, response, reason):
    relay_client = client(await serve(sends(response)))
    if reason is None:
        assert await relay_client.run() == EVENTS
    else:
        assert await relay_client.reason() is reason
