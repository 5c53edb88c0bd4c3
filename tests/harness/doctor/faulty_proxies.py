"""Proxies in front of a probe backend: one that is correct, and some with one fault each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, web

from streamproof.harness.doctor.probe_backend import probe_backend
from streamproof.harness.http.server import serving

CONNECTION_HEADERS = {"transfer-encoding", "connection", "date", "server"}

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
        headers = {name: value for name, value in request.headers.items() if name != "Host"}
        url = backend + request.path_qs
        body = await request.read() or None
        async with session.request(request.method, url, headers=headers, data=body) as reply:
            response = self.response(reply)
            try:
                await self.pass_on(request, reply, response)
            except ClientError:
                await self.lost(request)
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

            async def answer(request: web.Request) -> web.StreamResponse:
                async with lock:
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
}
"""Each faulty proxy, and the check that it fails."""
