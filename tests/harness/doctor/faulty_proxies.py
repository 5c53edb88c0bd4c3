"""Proxies in front of a probe backend: one that is correct, and some with one fault each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeAlias

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, web

from streamproof.harness.doctor.probe_backend import probe_backend
from streamproof.harness.http.server import serving

CONNECTION_HEADERS = {"transfer-encoding", "connection", "date", "server"}

Stored: TypeAlias = tuple[Mapping[str, str], bytes]
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


class NoLimit:
    """A lock that admits every request at once."""

    async def __aenter__(self) -> None:
        """Enter."""

    async def __aexit__(self, *_: object) -> None:
        """Leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy; with the default values, it is correct."""

    headers: Mapping[str, str | None] = field(default_factory=dict)
    """Changed headers; None removes a header."""
    status: int | None = None
    compresses: bool = False
    pass_on: PassOn = at_once
    lost: Lost = drop
    """What the proxy does when the backend drops its connection."""
    lock: Callable[[], asyncio.Lock | NoLimit] = NoLimit
    takes: frozenset[str] = frozenset({"Host"})
    """Headers of a request that the backend does not get."""
    caches: bool = False
    """Whether the first answer is the answer to every request."""
    posts: int = 1
    """How often the backend gets a POST."""

    def response(self, reply: ClientResponse) -> web.StreamResponse:
        """Return a response with the headers of the backend."""
        kept = {n: v for n, v in reply.headers.items() if n.lower() not in CONNECTION_HEADERS}
        changed = {n: v for n, v in {**kept, **self.headers}.items() if v is not None}
        response = web.StreamResponse(status=self.status or reply.status, headers=changed)
        if self.compresses:
            response.enable_compression(web.ContentCoding.gzip)
        return response

    async def answer(
        self, request: web.Request, backend: str, session: ClientSession
    ) -> web.StreamResponse:
        """Send the request on to the backend, and return its answer."""
        headers = {n: value for n, value in request.headers.items() if n not in self.takes}
        url = backend + request.path_qs
        body = await request.read() or None
        for _ in range(self.posts - 1 if request.method == "POST" else 0):
            with suppress(ClientError):
                await session.post(url, headers=headers, data=body)
        async with session.request(request.method, url, headers=headers, data=body) as reply:
            response = self.response(reply)
            try:
                await self.pass_on(request, reply, response)
            except ClientError:
                await self.lost(request)
            return response

    async def answer_from_cache(
        self, request: web.Request, backend: str, session: ClientSession, cache: list[Stored]
    ) -> web.StreamResponse:
        """Send the first request on to the backend, and return its answer to every request."""
        if not cache:
            async with session.get(backend + request.path_qs, headers=request.headers) as reply:
                cache.append((self.response(reply).headers, await reply.read()))
        headers, body = cache[0]
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        await response.write(body)
        return response

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Run the proxy in front of a probe backend; yield the URL of a stream."""
        async with serving(probe_backend()) as backend, self.before(backend) as url:
            yield f"{url}/api/chat"

    @asynccontextmanager
    async def before(self, backend: str) -> AsyncIterator[str]:
        """Run the proxy in front of a backend; yield the URL of the proxy."""
        lock = self.lock()
        timeout = ClientTimeout(total=None)
        async with ClientSession(timeout=timeout, auto_decompress=False) as session:
            cache: list[Stored] = []

            async def answer(request: web.Request) -> web.StreamResponse:
                async with lock:
                    if self.caches and request.method == "GET":
                        return await self.answer_from_cache(request, backend, session, cache)
                    return await self.answer(request, backend, session)

            app = web.Application()
            app.router.add_route("*", "/{path:.*}", answer)
            async with serving(app) as url:
                yield url


SOUND = Proxy()
WRONG: Mapping[str, tuple[Proxy, str]] = {
    "refuses": (Proxy(status=502), "answer"),
    "text": (Proxy(headers={"Content-Type": "text/plain"}), "content-type"),
    "latin": (
        Proxy(headers={"Content-Type": "text/event-stream; charset=iso-8859-1"}),
        "content-type",
    ),
    "compresses": (Proxy(compresses=True), "compression"),
    "counts": (Proxy(pass_on=collected_and_counted), "length"),
    "may-be-stored": (Proxy(headers={"Cache-Control": None}), "cache-control"),
    "may-be-changed": (Proxy(headers={"Cache-Control": "no-cache"}), "cache-control"),
    "takes-the-header": (Proxy(headers={"X-Accel-Buffering": None}), "accel-buffering"),
    "loses-the-body": (Proxy(pass_on=head_only), "events"),
    "collects": (Proxy(pass_on=collected), "buffering"),
    "collects-without-the-header": (Proxy(pass_on=collected_without_header), "needs-headers"),
    "breaks-off": (Proxy(pass_on=until_an_event), "broken"),
    "goes-on": (Proxy(pass_on=without_end), "endless"),
    "ends-what-was-lost": (Proxy(lost=end), "hidden-drop"),
    "waits-for-what-was-lost": (Proxy(lost=wait), "hidden-drop"),
    "one-at-a-time": (Proxy(lock=asyncio.Lock), "parallel"),
    "answers-from-a-cache": (Proxy(caches=True), "cached"),
    "ends-a-long-body": (Proxy(pass_on=first_64_kib), "cut-short"),
    "takes-comments": (Proxy(pass_on=without_lines(b":")), "comments"),
    "takes-ids": (Proxy(pass_on=without_lines(b"id:")), "ids"),
    "takes-names": (Proxy(pass_on=rewritten(without_name)), "bytes"),
    "decodes-each-piece": (Proxy(pass_on=rewritten(decoded)), "characters"),
    "changes-line-ends": (Proxy(pass_on=rewritten(with_lf)), "bytes"),
    "holds-small-writes": (Proxy(pass_on=in_blocks), "small-writes"),
    "takes-last-event-id": (Proxy(takes=frozenset({"Host", "Last-Event-ID"})), "last-event-id"),
    "posts-twice": (Proxy(posts=2), "repeated-post"),
    "reads-on": (Proxy(pass_on=to_the_end), "leaving"),
}
"""Each faulty proxy, and the check that it fails."""

TIME_LIMITS: Mapping[str, tuple[Proxy, str]] = {
    "breaks-a-silence": (Proxy(pass_on=for_a_time(1, drop, each=True)), "idle-limit"),
    "ends-a-silence": (Proxy(pass_on=for_a_time(1, end, each=True)), "idle-limit"),
    "waits-after-a-silence": (Proxy(pass_on=for_a_time(1, wait, each=True)), "idle-limit"),
    "breaks-a-long-stream": (Proxy(pass_on=for_a_time(1, drop, each=False)), "total-limit"),
    "ends-a-long-stream": (Proxy(pass_on=for_a_time(1, end, each=False)), "total-limit"),
}
"""Each proxy with a limit of a second, and the check that it fails."""
