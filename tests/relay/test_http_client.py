"""A body ends with its connection, also in cases that a server cannot cause reliably."""

from __future__ import annotations

import asyncio
import ssl
from types import SimpleNamespace
from typing import cast

import aiohttp
import pytest

from streamproof.relay.broken_replies import broken_reply
from streamproof.relay.http_client import ResponseBody, _HeadFirstProtocol


@pytest.fixture
async def protocol():
    """Give the protocol of a connection, which has no transport here."""
    return _HeadFirstProtocol(asyncio.get_running_loop())


class Reader:
    """A body, and how often it has changed."""

    def __init__(self, protocol, **headers):
        self.content = aiohttp.StreamReader(protocol, 65_536, loop=asyncio.get_running_loop())
        self.changes = 0
        response = SimpleNamespace(
            content=self.content, connection=SimpleNamespace(protocol=protocol), headers=headers
        )
        self.body = ResponseBody(cast("aiohttp.ClientResponse", response), self.count)

    def count(self):
        """Count a change."""
        self.changes += 1


async def test_a_body_fails_if_its_connection_is_lost(protocol):
    reader = Reader(protocol)
    protocol.connection_lost(ConnectionResetError("reset"))
    await asyncio.sleep(0)
    assert isinstance(reader.body.error, aiohttp.ClientPayloadError)
    assert reader.changes > 0


async def test_an_error_of_tls_is_named_with_its_reason(protocol):
    reader = Reader(protocol)
    protocol.connection_lost(ssl.SSLError(1, "bad record"))
    await asyncio.sleep(0)
    assert reader.body.error is not None
    problem = broken_reply(reader.body.error, reader.body.connection_error)
    assert problem == "TLS failed: bad record"


async def test_a_body_fails_if_its_connection_was_lost_before(protocol):
    protocol.connection_lost(None)
    reader = Reader(protocol)
    assert isinstance(reader.body.error, aiohttp.ClientPayloadError)
    assert reader.changes == 0  # its owner does not have it yet


async def test_a_body_that_has_ended_does_not_fail(protocol):
    reader = Reader(protocol)
    reader.content.feed_eof()
    protocol.connection_lost(None)
    await asyncio.sleep(0)
    assert reader.body.ended
    assert reader.body.error is None


async def test_bytes_are_taken_in_parts_also_before_an_error(protocol):
    reader = Reader(protocol)
    reader.content.feed_data(b"before")
    protocol.connection_lost(ConnectionResetError("reset"))
    assert [reader.body.take(4), reader.body.take(4), reader.body.take(4)] == [b"befo", b"re", b""]


async def test_a_body_that_is_left_calls_nothing(protocol):
    reader = Reader(protocol)
    reader.body.leave()
    protocol.connection_lost(None)
    await asyncio.sleep(0)
    assert reader.changes == 0
