"""The probe backend: it answers the requests of `doctor` with streams whose every byte is known.

A request header selects the stream. A page of a foreign origin cannot send this header, because no
preflight allows it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum

from aiohttp import web
from aiohttp.typedefs import Handler

from streamproof.contracts.sse import encode, encode_comment

PROBE = "X-Streamproof-Probe"
HOLD_SECONDS = 30.0
"""Longer than `doctor` waits. After this time a held stream ends, even if its client is gone."""
DROP_SECONDS = 0.2
"""Time for the response head to reach the page, so that the drop hits a started stream."""


class Probe(StrEnum):
    """The streams that a request can select."""

    SAMPLE = "sample"
    """A comment and three events, then a proper end."""
    HOLD = "hold"
    """An event, then nothing until the client leaves."""
    HOLD_BARE = "hold-bare"
    """The same, without the headers against buffering and compression."""
    DROP = "drop"
    """An event, then the connection is closed inside the body."""


BARE_HEADERS: Mapping[str, str] = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache",
}
HEADERS: Mapping[str, str] = {
    **BARE_HEADERS,
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
}
EVENTS = tuple(encode(f'{{"n": {number}}}') for number in (1, 2, 3))


def probe_backend() -> web.Application:
    """Build a backend that answers probes on every path, and nothing else."""
    return web.Application(middlewares=[answer_probes])


@web.middleware
async def answer_probes(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a request for a probe; pass every other request on to its handler."""
    probe = request.headers.get(PROBE, "")
    play = PLAYERS.get(probe)
    if play is None:
        return await handler(request)
    headers = BARE_HEADERS if probe == Probe.HOLD_BARE else HEADERS
    response = web.StreamResponse(headers={**headers, PROBE: probe})
    await request.read()
    await response.prepare(request)
    await play(request, response)
    return response


async def _sample(_: web.Request, response: web.StreamResponse) -> None:
    for data in (encode_comment("keep-alive"), *EVENTS):
        await response.write(data)


async def _hold(_: web.Request, response: web.StreamResponse) -> None:
    await response.write(EVENTS[0])
    await asyncio.sleep(HOLD_SECONDS)


async def _drop(request: web.Request, response: web.StreamResponse) -> None:
    await response.write(EVENTS[0])
    await asyncio.sleep(DROP_SECONDS)
    if request.transport is not None:
        request.transport.close()


PLAYERS: Mapping[str, Callable[[web.Request, web.StreamResponse], Awaitable[None]]] = {
    Probe.SAMPLE: _sample,
    Probe.HOLD: _hold,
    Probe.HOLD_BARE: _hold,
    Probe.DROP: _drop,
}
