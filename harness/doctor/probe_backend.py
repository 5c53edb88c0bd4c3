"""The probe backend: it answers the requests of `doctor` with streams whose every byte is known.

A request header selects the stream. A page of a foreign origin cannot send this header, because no
preflight allows it.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from streamproof.contracts.sse import encode, encode_comment
from streamproof.harness.doctor.sample import PIECES

PROBE = "X-Streamproof-Probe"
PROBE_ID = "X-Streamproof-Probe-Id"
"""A random name of the request. The response has it as well, so an answer of a cache is known."""
PROBE_SECONDS = "X-Streamproof-Probe-Seconds"
"""How long `SILENCE`, `LATE` and `STEADY` last."""
HOLD_SECONDS = 30.0
"""Longer than `doctor` waits. After this time a held stream ends, even if its client is gone."""
DROP_SECONDS = 0.2
"""Time for the response head to reach the page, so that the drop hits a started stream."""
PIECE_SECONDS = 0.002
EVENT_SECONDS = 0.02
"""The time between two writes, so that they rarely arrive together."""
KEEP_ALIVE_SECONDS = 0.05
MOST_SECONDS = 300.0
MOST_KNOWN = 1_000
"""Requests that the backend remembers; it forgets the oldest ones."""


class Probe(StrEnum):
    """The streams that a request can select."""

    SAMPLE = "sample"
    """Everything that a proxy can damage, then a proper end."""
    HOLD = "hold"
    """Some small events, each written alone, then nothing until the client leaves."""
    HOLD_BARE = "hold-bare"
    """The same, without the headers against buffering and compression."""
    DROP = "drop"
    """An event, then the connection is closed inside the body."""
    ECHO = "echo"
    """What the backend got: an event with its `Last-Event-ID`."""
    LOSE = "lose"
    """No response: the connection is closed."""
    STAY = "stay"
    """An event, then comments until the client leaves."""
    REPORT = "report"
    """How often the request with this ID arrived, and whether its client has left."""
    SILENCE = "silence"
    """An event, a silence, the last event."""
    LATE = "late"
    """A silence before the head, then the last event."""
    STEADY = "steady"
    """An event, comments, the last event."""


BARE_HEADERS: Mapping[str, str] = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache",
}
HEADERS: Mapping[str, str] = {
    **BARE_HEADERS,
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
}
HELD_EVENTS = 4
"""The events before a hold."""
LAST = "last"
"""The data of the last event of a stream that is held for some time."""


@dataclass(slots=True)
class _Known:
    """What is known of the requests with one ID."""

    arrived: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class _Played:
    """One request for a probe, and its response."""

    request: web.Request
    response: web.StreamResponse
    known: _Known

    async def start(self) -> None:
        """Send the head."""
        await self.response.prepare(self.request)

    async def write(self, data: bytes) -> None:
        await self.response.write(data)

    def close(self) -> None:
        """Close the connection, whatever was sent."""
        if self.request.transport is not None:
            self.request.transport.close()

    @property
    def seconds(self) -> float:
        """How long the request wants the stream to last."""
        try:
            wanted = float(self.request.headers.get(PROBE_SECONDS, "0"))
        except ValueError:
            return 0.0
        return min(wanted, MOST_SECONDS) if wanted > 0 else 0.0


def probe_backend() -> web.Application:
    """Build a backend that answers probes on every path, and nothing else."""
    return web.Application(middlewares=[answering_probes()])


def answering_probes() -> Middleware:
    """Return a middleware that answers probes, and passes other requests on to their handler."""
    requests: dict[str, _Known] = {}

    @web.middleware
    async def answer_probes(request: web.Request, handler: Handler) -> web.StreamResponse:
        probe = request.headers.get(PROBE, "")
        play = PLAYERS.get(probe)
        if play is None:
            return await handler(request)
        name = request.headers.get(PROBE_ID, "")
        headers = BARE_HEADERS if probe == Probe.HOLD_BARE else HEADERS
        response = web.StreamResponse(headers={**headers, PROBE: probe, PROBE_ID: name})
        await request.read()
        known = _known(requests, name)
        known.arrived += probe != Probe.REPORT
        await play(_Played(request, response, known))
        return response

    return answer_probes


def _known(requests: dict[str, _Known], name: str) -> _Known:
    known = requests.setdefault(name, _Known())
    if len(requests) > MOST_KNOWN:
        del requests[next(iter(requests))]
    return known


async def _sample(played: _Played) -> None:
    await played.start()
    for piece in PIECES:
        await played.write(piece)
        await asyncio.sleep(PIECE_SECONDS)


async def _hold(played: _Played) -> None:
    await played.start()
    for number in range(HELD_EVENTS):
        await played.write(encode(str(number)))
        await asyncio.sleep(EVENT_SECONDS)
    await asyncio.sleep(HOLD_SECONDS)


async def _drop(played: _Played) -> None:
    await played.start()
    await played.write(encode("1"))
    await asyncio.sleep(DROP_SECONDS)
    played.close()


async def _echo(played: _Played) -> None:
    await _tell(played, lastEventId=played.request.headers.get("Last-Event-ID"))


async def _lose(played: _Played) -> None:
    played.close()


async def _stay(played: _Played) -> None:
    await played.start()
    await played.write(encode("1"))
    try:
        await _keep_alive(played, HOLD_SECONDS, KEEP_ALIVE_SECONDS)
    except (asyncio.CancelledError, ConnectionError):
        played.known.left.set()
        raise


async def _report(played: _Played) -> None:
    """Answer when the client of the other request has left, or at once if nothing is to come."""
    if played.seconds:
        try:
            async with asyncio.timeout(played.seconds):
                await played.known.left.wait()
        except TimeoutError:
            pass
    await _tell(played, arrived=played.known.arrived, left=played.known.left.is_set())


async def _silence(played: _Played) -> None:
    await played.start()
    await played.write(encode("first"))
    await asyncio.sleep(played.seconds)
    await played.write(encode(LAST))


async def _late(played: _Played) -> None:
    await asyncio.sleep(played.seconds)
    await played.start()
    await played.write(encode(LAST))


async def _steady(played: _Played) -> None:
    await played.start()
    await played.write(encode("first"))
    await _keep_alive(played, played.seconds, min(5.0, played.seconds / 10))
    await played.write(encode(LAST))


async def _keep_alive(played: _Played, seconds: float, every: float) -> None:
    """Write comments for some time."""
    clock = asyncio.get_running_loop().time
    until = clock() + seconds
    while clock() < until:
        await played.write(encode_comment("keep-alive"))
        await asyncio.sleep(every)


async def _tell(played: _Played, **facts: object) -> None:
    await played.start()
    await played.write(encode(json.dumps(facts)))


PLAYERS: Mapping[str, Callable[[_Played], Awaitable[None]]] = {
    Probe.SAMPLE: _sample,
    Probe.HOLD: _hold,
    Probe.HOLD_BARE: _hold,
    Probe.DROP: _drop,
    Probe.ECHO: _echo,
    Probe.LOSE: _lose,
    Probe.STAY: _stay,
    Probe.REPORT: _report,
    Probe.SILENCE: _silence,
    Probe.LATE: _late,
    Probe.STEADY: _steady,
}
