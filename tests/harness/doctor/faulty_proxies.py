"""Proxies in front of a probe backend: one that is correct, and some with one fault each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeAlias

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, web

from streamproof.harness.doctor.probe_backend import probe_backend
from streamproof.harness.http.server import serving
from tests.harness.doctor.ways_to_pass_on import (
    Lost,
    PassOn,
    at_once,
    collected,
    collected_and_counted,
    collected_without_header,
    decoded,
    drop,
    end,
    first_64_kib,
    for_a_time,
    head_only,
    in_blocks,
    rewritten,
    to_the_end,
    until_an_event,
    wait,
    with_lf,
    without_end,
    without_lines,
    without_name,
)

LIMIT_SECONDS = 2.0
"""Longer than all that doctor asks for takes on a busy machine, unless it should last."""
CONNECTION_HEADERS = {"transfer-encoding", "connection", "date", "server"}

Stored: TypeAlias = tuple[Mapping[str, str], bytes]


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
    "breaks-a-silence": (Proxy(pass_on=for_a_time(LIMIT_SECONDS, drop, each=True)), "idle-limit"),
    "ends-a-silence": (Proxy(pass_on=for_a_time(LIMIT_SECONDS, end, each=True)), "idle-limit"),
    "waits-after-a-silence": (
        Proxy(pass_on=for_a_time(LIMIT_SECONDS, wait, each=True)),
        "idle-limit",
    ),
    "breaks-a-long-stream": (
        Proxy(pass_on=for_a_time(LIMIT_SECONDS, drop, each=False)),
        "total-limit",
    ),
    "ends-a-long-stream": (
        Proxy(pass_on=for_a_time(LIMIT_SECONDS, end, each=False)),
        "total-limit",
    ),
}
"""Each proxy with a limit of time, and the check that it fails."""
