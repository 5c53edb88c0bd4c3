"""Scripts for the servers of these tests."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from streamproof.contracts.sse import Event
from tests.relay.raw_server import LAST_CHUNK, STREAM, chunk

if TYPE_CHECKING:
    from tests.relay.raw_server import Connection


HI = b'event: message\ndata: {"type": "content", "content": "Hi"}\n\n'
END = b'event: end\ndata: {"type": "end"}\n\n'
EVENTS = [
    Event("message", '{"type": "content", "content": "Hi"}'),
    Event("end", '{"type": "end"}'),
]
WHOLE = STREAM + chunk(HI) + chunk(END) + LAST_CHUNK
SOON = 0.05
PATIENCE = 20.0  # only a test that fails waits so long


def sends(*pieces: bytes, then: str = "close"):
    """Return a script that sends bytes, and then closes, resets, or holds the connection."""

    async def script(connection: Connection) -> None:
        await connection.send(*pieces)
        if then == "reset":
            connection.reset()
        elif then == "hold":
            await connection.until_closed()

    return script


def floods(start: bytes, piece: bytes):
    """Return a script that sends the same bytes again and again."""

    async def script(connection: Connection) -> None:
        await connection.send(start)
        while True:
            await connection.send(piece)
            await asyncio.sleep(0)

    return script
