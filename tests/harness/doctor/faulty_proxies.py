"""Proxies before the far end that `doctor` knows: a sound one, and those wrong in one way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, web

from streamproof.harness.doctor.probe_backend import probe_backend
from streamproof.harness.http.server import serving

OF_ONE_CONNECTION = {"transfer-encoding", "connection", "date", "server"}

PassOn: TypeAlias = Callable[[web.Request, ClientResponse, web.StreamResponse], Awaitable[None]]
Lost: TypeAlias = Callable[[web.Request], Awaitable[None]]


async def as_it_comes(
    request: web.Request, reply: ClientResponse, response: web.StreamResponse
) -> None:
    """Write what comes, when it comes."""
    await response.prepare(request)
    async for data in reply.content.iter_any():
        await response.write(data)


async def collected(
    request: web.Request, reply: ClientResponse, response: web.StreamResponse
) -> None:
    """Write everything at its end."""
    body = await reply.read()
    await response.prepare(request)
    await response.write(body)


async def collected_unless_told(
    request: web.Request, reply: ClientResponse, response: web.StreamResponse
) -> None:
    """Write everything at its end where the backend does not forbid it, as nginx does."""
    told = reply.headers.get("X-Accel-Buffering") == "no"
    await (as_it_comes if told else collected)(request, reply, response)


async def collected_and_counted(
    request: web.Request, reply: ClientResponse, response: web.StreamResponse
) -> None:
    """Write everything at its end, and before how long it is."""
    body = await reply.read()
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body)


async def head_only(
    request: web.Request, reply: ClientResponse, response: web.StreamResponse
) -> None:
    """Write nothing, until the backend has ended."""
    await response.prepare(request)
    await reply.read()


async def until_an_event(
    request: web.Request, reply: ClientResponse, response: web.StreamResponse
) -> None:
    """Close the connection once an event was written."""
    await response.prepare(request)
    async for data in reply.content.iter_any():
        await response.write(data)
        if b"data:" in data:
            break
    await drop(request)


async def drop(request: web.Request) -> None:
    """Close the connection inside the body, as the backend did."""
    if request.transport is not None:
        request.transport.close()


async def end(_: web.Request) -> None:
    """End the body properly."""


async def wait(_: web.Request) -> None:
    """Say nothing, as Vite does."""
    await asyncio.Event().wait()


class Anybody:
    """Lets everybody in at once."""

    async def __aenter__(self) -> None:
        """Enter."""

    async def __aexit__(self, *_: object) -> None:
        """Leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy: as it stands a sound one."""

    headers: Mapping[str, str | None] = field(default_factory=dict)
    """What it changes; None takes a header away."""
    status: int | None = None
    compresses: bool = False
    pass_on: PassOn = as_it_comes
    lost: Lost = drop
    """What it does when the backend is lost."""
    door: Callable[[], asyncio.Lock | Anybody] = Anybody

    def response(self, reply: ClientResponse) -> web.StreamResponse:
        """Begin a response with the headers of the backend."""
        kept = {n: v for n, v in reply.headers.items() if n.lower() not in OF_ONE_CONNECTION}
        changed = {n: v for n, v in {**kept, **self.headers}.items() if v is not None}
        response = web.StreamResponse(status=self.status or reply.status, headers=changed)
        if self.compresses:
            response.enable_compression(web.ContentCoding.gzip)
        return response

    async def answer(
        self, request: web.Request, backend: str, session: ClientSession
    ) -> web.StreamResponse:
        """Ask the backend the same, and answer what it answers."""
        headers = {name: value for name, value in request.headers.items() if name != "Host"}
        url = backend + request.path_qs
        async with session.request(request.method, url, headers=headers) as reply:
            response = self.response(reply)
            try:
                await self.pass_on(request, reply, response)
            except ClientError:
                await self.lost(request)
            return response

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Stand before the far end; yields the URL to ask."""
        async with serving(probe_backend()) as backend, self.before(backend) as url:
            yield f"{url}/api/chat"

    @asynccontextmanager
    async def before(self, backend: str) -> AsyncIterator[str]:
        """Stand before a backend; yields the proxy's URL."""
        door = self.door()
        timeout = ClientTimeout(total=None)
        async with ClientSession(timeout=timeout, auto_decompress=False) as session:

            async def answer(request: web.Request) -> web.StreamResponse:
                async with door:
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
    "collects-unless-told": (Proxy(pass_on=collected_unless_told), "needs-headers"),
    "breaks-off": (Proxy(pass_on=until_an_event), "broken"),
    "ends-what-was-lost": (Proxy(lost=end), "hidden-drop"),
    "waits-for-what-was-lost": (Proxy(lost=wait), "hidden-drop"),
    "one-at-a-time": (Proxy(door=asyncio.Lock), "parallel"),
}
"""What is wrong with each, and the check that it trips."""
