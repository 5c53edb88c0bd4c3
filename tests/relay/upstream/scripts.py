"""What a server of these tests sends, and how it then behaves."""

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
PATIENCE = 20.0  # never reached where all is well


def sends(*pieces: bytes, then: str = "close"):
    """Make a script that sends these bytes, and then closes, resets, or holds the connection."""

    async def script(connection: Connection) -> None:
        await connection.send(*pieces)
        if then == "reset":
            connection.reset()
        elif then == "hold":
            await connection.until_closed()

    return script


def floods(start: bytes, piece: bytes):
    """Make a script that sends the same piece for ever."""

    async def script(connection: Connection) -> None:
        await connection.send(start)
        while True:
            await connection.send(piece)
            await asyncio.sleep(0)

    return script
