"""Replies that are not streams, and clients that leave before or while they are sent."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from streamproof.mock_ai.clock import LoopClock
from streamproof.mock_ai.serving.aiohttp_path import RawResponse
from streamproof.mock_ai.serving.refusal import JsonReply

REPLY = JsonReply(404, b"HTTP/1.1 404 Not Found\r\n\r\n", reusable=True)


class SlowWire:
    """A wire that has not sent its bytes when `write` returns."""

    def __init__(self):
        self.calls = []
        self.full = False

    def write(self, data):
        """Note the bytes."""
        self.calls.append(data)
        self.full = True

    async def drain(self):
        """Note the call."""
        self.calls.append("drain")


async def test_json_reply_waits_until_its_bytes_are_sent():
    wire = SlowWire()
    await REPLY.send(cast("Any", wire))
    assert wire.calls == [REPLY.data, "drain"]


def test_client_that_left_before_the_reply_is_an_error():
    response = RawResponse(REPLY, LoopClock())
    assert (response.status, response.keep_alive) == (404, True)
    with pytest.raises(ConnectionResetError, match="the client left"):
        _ = response.prepare(cast("Any", SimpleNamespace(transport=None)))
