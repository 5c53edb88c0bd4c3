"""A body ends with its connection, also in cases that a server cannot cause reliably."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import cast

import aiohttp
import pytest
from aiohttp.client_proto import ResponseHandler

from streamproof.relay.http_client import end_body_with_connection


@pytest.fixture
async def protocol():
    """Give the protocol of a connection, which has no transport here."""
    return ResponseHandler(asyncio.get_running_loop())


def body_on(protocol):
    """Return the body of a response on a connection."""
    content = aiohttp.StreamReader(protocol, 65_536, loop=asyncio.get_running_loop())
    response = SimpleNamespace(content=content, connection=SimpleNamespace(protocol=protocol))
    end_body_with_connection(cast("aiohttp.ClientResponse", response))
    return content


async def test_a_body_fails_if_its_connection_is_lost(protocol):
    content = body_on(protocol)
    protocol.connection_lost(ConnectionResetError("reset"))
    await asyncio.sleep(0)
    with pytest.raises(aiohttp.ClientPayloadError):
        await content.readany()


async def test_a_body_fails_if_its_connection_was_lost_before(protocol):
    protocol.connection_lost(None)
    content = body_on(protocol)
    await asyncio.sleep(0)
    with pytest.raises(aiohttp.ClientPayloadError):
        await content.readany()


async def test_a_body_that_has_ended_does_not_fail(protocol):
    content = body_on(protocol)
    content.feed_eof()
    protocol.connection_lost(None)
    await asyncio.sleep(0)
    assert await content.readany() == b""
