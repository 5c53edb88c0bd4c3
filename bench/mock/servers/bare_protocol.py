"""An asyncio protocol that writes prepared bytes: the limit for Python without an HTTP library.

usage: bare_protocol.py PORT BODY GAP_US
"""

import asyncio
import sys
from pathlib import Path

_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    b"Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n"
)


def writes(body: bytes, *, paced: bool) -> list[bytes]:
    """Return the writes of a stream: one for everything, or one per event if it is paced."""
    events = [block + b"\n\n" for block in body.split(b"\n\n")[:-1]]
    chunks = [b"%x\r\n%b\r\n" % (len(event), event) for event in events]
    chunks[0] = _HEAD + chunks[0]
    chunks[-1] += b"0\r\n\r\n"
    return chunks if paced else [b"".join(chunks)]


class Stream(asyncio.Protocol):
    """Answers every request with the same writes, each at its deadline."""

    def __init__(self, writes: list[bytes], gap_seconds: float) -> None:
        self._writes = writes
        self._gap_seconds = gap_seconds
        self._loop = asyncio.get_running_loop()
        self._request = b""
        self._next = 0
        self._started = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Start a stream when the request is complete."""
        self._request += data
        head, blank, body = self._request.partition(b"\r\n\r\n")
        _, _, length = head.lower().partition(b"content-length:")
        if blank and len(body) >= int(length.partition(b"\r\n")[0] or 0):
            self._request = b""
            self._next = 0
            self._started = self._loop.time()
            self._write()

    def _write(self) -> None:
        if self._transport.is_closing():
            return
        self._transport.write(self._writes[self._next])
        self._next += 1
        if self._next < len(self._writes):
            self._loop.call_at(self._started + self._next * self._gap_seconds, self._write)


async def serve(port: int, writes: list[bytes], gap_seconds: float) -> None:
    """Serve until the process ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Stream(writes, gap_seconds), "127.0.0.1", port, backlog=4096
    )
    await server.serve_forever()


if __name__ == "__main__":
    port, body, gap_us = sys.argv[1:]
    planned = writes(Path(body).read_bytes(), paced=gap_us != "0")
    asyncio.run(serve(int(port), planned, int(gap_us) / 1e6))
