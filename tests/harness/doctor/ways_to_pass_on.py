"""Ways in which a proxy passes a stream on: one that is correct, and some with one fault each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

from aiohttp import ClientResponse, web

PassOn: TypeAlias = Callable[[web.Request, ClientResponse, web.StreamResponse], Awaitable[None]]
Lost: TypeAlias = Callable[[web.Request], Awaitable[None]]


async def at_once(
    request: web.Request, reply: ClientResponse, response: web.StreamResponse
) -> None:
    """Write the bytes as they arrive."""
    await response.prepare(request)
    async for data in reply.content.iter_any():
        await response.write(data)


async def collected(
    request: web.Request, reply: ClientResponse, response: web.StreamResponse
) -> None:
    """Write the whole body after its end."""
    body = await reply.read()
    await response.prepare(request)
    await response.write(body)


async def collected_without_header(
    request: web.Request, reply: ClientResponse, response: web.StreamResponse
) -> None:
    """Write the whole body after its end, unless X-Accel-Buffering says no, like nginx."""
    forbidden = reply.headers.get("X-Accel-Buffering") == "no"
    await (at_once if forbidden else collected)(request, reply, response)


async def collected_and_counted(
    request: web.Request, reply: ClientResponse, response: web.StreamResponse
) -> None:
    """Write the whole body after its end, with a Content-Length."""
    body = await reply.read()
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body)


async def head_only(
    request: web.Request, reply: ClientResponse, response: web.StreamResponse
) -> None:
    """Write only the head, and end after the backend."""
    await response.prepare(request)
    await reply.read()


async def until_an_event(
    request: web.Request, reply: ClientResponse, response: web.StreamResponse
) -> None:
    """Close the connection after an event."""
    await response.prepare(request)
    async for data in reply.content.iter_any():
        await response.write(data)
        if b"data:" in data:
            break
    await drop(request)


async def without_end(
    request: web.Request, reply: ClientResponse, response: web.StreamResponse
) -> None:
    """Write the bytes as they arrive, then those of a stream again until the client leaves."""
    if reply.status != 200:
        await at_once(request, reply, response)
        return
    await response.prepare(request)
    data = b""
    async for chunk in reply.content.iter_any():
        data = chunk or data
        await response.write(chunk)
    while data and request.transport is not None and not request.transport.is_closing():
        await response.write(data * 1_000)
        await asyncio.sleep(0)  # a write that is not held up does not yield


def without_lines(start: bytes) -> PassOn:
    """Return a way to pass a stream on without the lines that begin so."""

    async def pass_on(
        request: web.Request, reply: ClientResponse, response: web.StreamResponse
    ) -> None:
        await response.prepare(request)
        rest = b""
        async for data in reply.content.iter_any():
            *lines, rest = (rest + data).split(b"\n")
            await response.write(
                b"".join(one + b"\n" for one in lines if not one.startswith(start))
            )
        await response.write(rest)

    return pass_on


def rewritten(change: Callable[[bytes], bytes]) -> PassOn:
    """Return a way to pass a stream on in which each piece is changed alone."""

    async def pass_on(
        request: web.Request, reply: ClientResponse, response: web.StreamResponse
    ) -> None:
        await response.prepare(request)
        async for data in reply.content.iter_any():
            await response.write(change(data))

    return pass_on


def decoded(data: bytes) -> bytes:
    """Decode a piece alone, like `chunk.toString()`."""
    return data.decode("utf-8", "replace").encode()


def without_name(data: bytes) -> bytes:
    """Take the name of an event."""
    return data.replace(b"event: start\n", b"")


def with_lf(data: bytes) -> bytes:
    """Write LF for CRLF."""
    return data.replace(b"\r\n", b"\n")


async def first_64_kib(
    request: web.Request, reply: ClientResponse, response: web.StreamResponse
) -> None:
    """End the body properly when it becomes longer than 64 KiB."""
    await response.prepare(request)
    room = 65_536
    async for data in reply.content.iter_any():
        await response.write(data[:room])
        room -= len(data)
        if room <= 0:
            return


async def in_blocks(
    request: web.Request, reply: ClientResponse, response: web.StreamResponse
) -> None:
    """Write the first event at once, and then blocks of 2 KiB."""
    await response.prepare(request)
    block, is_first = b"", True
    async for data in reply.content.iter_any():
        block += data
        if is_first or len(block) >= 2048:
            head = block.index(b"\n\n") + 2 if is_first else len(block)
            await response.write(block[:head])
            block, is_first = block[head:], False
    await response.write(block)


async def to_the_end(
    request: web.Request, reply: ClientResponse, response: web.StreamResponse
) -> None:
    """Read the answer to its end, also when the page has left."""
    await response.prepare(request)

    async def read_on() -> None:
        async for data in reply.content.iter_any():
            with suppress(ConnectionError):
                await response.write(data)

    reading = asyncio.create_task(read_on())
    try:
        await asyncio.shield(reading)
    except asyncio.CancelledError:
        await reading
        raise


def for_a_time(seconds: float, then: Lost, *, each: bool) -> PassOn:
    """Return a way to pass a stream on with a limit on `each` silence, or on the whole time."""

    async def pass_on(
        request: web.Request, reply: ClientResponse, response: web.StreamResponse
    ) -> None:
        await response.prepare(request)
        clock = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(seconds) as limit:
                async for data in reply.content.iter_any():
                    if each:
                        limit.reschedule(clock() + seconds)
                    await response.write(data)
        except TimeoutError:
            await then(request)

    return pass_on


async def drop(request: web.Request) -> None:
    """Close the connection inside the body, like the backend."""
    if request.transport is not None:
        request.transport.close()


async def end(_: web.Request) -> None:
    """End the body properly."""


async def wait(_: web.Request) -> None:
    """Keep the connection open, like Vite."""
    await asyncio.Event().wait()
