"""An AI service that answers as badly as the question asks: the question is the name of a reply.

usage: hostile_ai.py PORT
"""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress

TICK_SECONDS = 0.02
_SECONDS = 5.0
_BLOCK = 262_144
_END = b'event: end\ndata: {"type":"end"}\n\n'
_MIB = 1_048_576


def _event(data: bytes, name: bytes = b"message") -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name, data)


def _content(text: str) -> bytes:
    return _event(json.dumps({"type": "content", "content": text}).encode())


def _sources(first: int, count: int, size: int = 1) -> bytes:
    items = [
        {"id": f"{n}", "title": "t", "content": "x" * size} for n in range(first, first + count)
    ]
    return _event(json.dumps({"type": "sources", "sources": items}).encode(), b"sources")


def _block(event: bytes) -> bytes:
    return event * (_BLOCK // len(event) + 1)


def _flood(event: bytes) -> Iterator[bytes]:
    """Yield the same event without end."""
    block = _block(event)
    while True:
        yield block


def _new_sources() -> Iterator[bytes]:
    first = 0
    while True:
        yield _sources(first, 500)
        first += 500


def _times(event: bytes, count: int) -> Iterator[bytes]:
    yield from (event for _ in range(count))
    yield _END


_DEEP = b"[" * (_MIB - 100)
_DEEP_KEY = b'{"type":"content","content":"x","more":%b%b}' % (b"[" * 500_000, b"]" * 500_000)
_HALVES = b'{"type":"content","content":"%b"}' % (b"\\ud800" * 170_000)
_EMPHASIS = "*a_ " * 30_000

REPLIES: dict[str, Callable[[], Iterator[bytes]]] = {
    "raw": lambda: _flood(_event(b"not JSON")),
    "tiny events": lambda: _flood(b"data\n\n"),
    "other": lambda: _flood(_event(b'{"type":"unknown"}')),
    "numbers": lambda: _flood(b"data:1\n\n"),
    "wrong names": lambda: _flood(_event(b'{"type":"content","content":""}', b"other")),
    "empty content": lambda: _flood(_content("")),
    "one-character content": lambda: _flood(_content("x")),
    "comments": lambda: _flood(b":\n\n"),
    "blank lines": lambda: _flood(b"\r\n"),
    "the same source": lambda: _flood(_sources(0, 1)),
    "new sources": _new_sources,
    "large sources": lambda: _times(_sources(0, 10, 100_000), 20),
    "deep nesting": lambda: _times(_event(_DEEP), 8),
    "many values": lambda: _times(_event(b"[" + b"1," * 500_000 + b"1]"), 8),
    "deep nesting in content": lambda: _times(_event(_DEEP_KEY), 8),
    "events of 1 MiB": lambda: _times(_content("x" * (_MIB - 100)), 7),
    "an event that is too large": lambda: _flood(b"data: " + b"x" * 100_000 + b"\n"),
    "many data lines": lambda: _times(b"data:\n" * 170_000 + b"\n", 20),
    "half surrogates": lambda: _times(
        _event(b'{"type":"content","content":"%b"}' % (b"\\ud800" * 170_000)), 8
    ),
    "worst Markdown": lambda: _times(_content(_EMPHASIS), 1),
    "an answer of 8 MiB": lambda: _times(_content("word " * 200_000), 8),
}
GZIP: dict[str, Callable[[], bytes]] = {
    "gzip of comments": lambda: gzip.compress(b":\n\n" * 30_000_000, 1),
    "gzip of content": lambda: gzip.compress(_content("x") * 1_000_000, 1),
}
_packed: dict[str, bytes] = {}
"""The bodies of `GZIP`, made before the service listens."""


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _small_chunks() -> bytes:
    return b"".join(map(_chunk, (b"d", b"a", b"t", b"a", b":", b"x", b"\n", b"\n"))) * 8000


async def _body(name: str) -> AsyncIterator[bytes]:
    if name == "victim":
        while True:
            yield _chunk(_content("tick"))
            await asyncio.sleep(TICK_SECONDS)
    elif name == "chunks of one byte":
        block = _small_chunks()
        while True:
            yield block
    elif name in GZIP:
        packed = _packed[name]
        for at in range(0, len(packed), _BLOCK):
            yield _chunk(packed[at : at + _BLOCK])
    elif name == "silent":
        await asyncio.sleep(_SECONDS)
    else:
        for part in REPLIES[name]():
            yield _chunk(part)
    yield b"0\r\n\r\n"


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        name = json.loads(await reader.readexactly(length))["question"]
        coding = "Content-Encoding: gzip\r\n" if name in GZIP else ""
        writer.write(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            f"{coding}Transfer-Encoding: chunked\r\n\r\n".encode()
        )
        async with asyncio.timeout(None if name == "victim" else _SECONDS):
            async for part in _body(name):
                writer.write(part)
                await writer.drain()
    writer.close()


async def _serve(port: int) -> None:
    _packed.update({name: make() for name, make in GZIP.items()})
    server = await asyncio.start_server(_answer, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(int(sys.argv[1])))
