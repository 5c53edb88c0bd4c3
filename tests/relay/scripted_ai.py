"""An AI service whose replies the test writes, on a real socket and without an HTTP library."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from contextlib import asynccontextmanager, suppress

HEADERS = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
)
EXAMPLE_SOURCE = {"id": "doc-123", "title": "HR Policy", "content": "Employee handbook section..."}


def event(name, data):
    """Return an event in bytes, without the codec under test."""
    return f"event: {name}\ndata: {data}\n\n".encode()


def content(text):
    return event("message", json.dumps({"type": "content", "content": text}))


def sources(*items):
    return event("sources", json.dumps({"type": "sources", "sources": items}))


END = event("end", '{"type": "end"}')
EXAMPLE = (
    content("Based on")
    + content(" your")
    + content(" company's HR policy,")
    + sources(EXAMPLE_SOURCE)
    + END
)


class Call:
    """One request to the AI service, answered step by step."""

    def __init__(self, question, headers, reader, writer):
        self.question = question
        self.headers = headers
        self._reader = reader
        self._writer = writer
        self._started = False
        self.over = asyncio.Event()

    async def send(self, data):
        """Send a part of the body; the headers go first."""
        head = b"" if self._started else HEADERS
        self._started = True
        self._writer.write(head + (b"%x\r\n%b\r\n" % (len(data), data) if data else b""))
        await self._writer.drain()

    async def finish(self, data=b""):
        """Send the rest, and end the body cleanly."""
        await self.send(data)
        self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()
        self.over.set()

    async def refuse(self, status=500, retry_after=None):
        """Answer with an error status."""
        advice = b"" if retry_after is None else b"Retry-After: %d\r\n" % retry_after
        self._writer.write(b"HTTP/1.1 %d Sorry\r\n%bContent-Length: 0\r\n\r\n" % (status, advice))
        self.over.set()

    async def left(self):
        """Wait until the client closes the connection, without sending anything."""
        with suppress(ConnectionError):
            await self._reader.read()

    def reset(self):
        """Break the connection."""
        linger = struct.pack("ii", 1, 0)
        self._writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, linger
        )
        self._writer.transport.abort()
        self.over.set()


class ScriptedAi:
    """Answers every request with `script`; if that is None, the test gets the request."""

    def __init__(self):
        self.script = None
        self.calls = []
        self._waiting = asyncio.Queue[Call]()
        self.url = ""

    async def call(self):
        """Return the next request."""
        return await self._waiting.get()

    async def serve(self, reader, writer):
        """Handle one connection."""
        try:
            call = await self._read(reader, writer)
            self.calls.append(call)
            if self.script is None:
                self._waiting.put_nowait(call)
                await call.over.wait()
            else:
                await call.finish(self.script)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _read(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.split("\r\n")[1:-2]
        headers = {k.lower(): v.strip() for k, v in (line.split(":", 1) for line in lines)}
        body = await reader.readexactly(int(headers["content-length"]))
        return Call(json.loads(body), headers, reader, writer)


@asynccontextmanager
async def scripted_ai():
    """Run the service as long as the block lasts."""
    ai = ScriptedAi()
    tasks = set()

    def connected(reader, writer):
        task = asyncio.ensure_future(ai.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    ai.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield ai
    server.close()
    for call in ai.calls:
        call.over.set()
    if tasks:
        await asyncio.wait(tasks)
