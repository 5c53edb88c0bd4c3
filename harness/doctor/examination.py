"""Sends the requests of `doctor`: those of a browser, then the probes if the backend knows them.

Without probes, the stream is requested once. With probes, speed does not matter: the backend holds
the stream after one event, and a proxy that buffers has not delivered that event by then.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import aiohttp

from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import parse_json
from streamproof.contracts.origins import origin_of
from streamproof.contracts.sse import Event
from streamproof.contracts.transcript import Ending
from streamproof.harness.doctor.http_version import http_version
from streamproof.harness.doctor.middleboxes import detect_proxies
from streamproof.harness.doctor.observation import (
    STREAMS_AT_ONCE,
    BackendKind,
    CrossOrigin,
    ProbeResult,
    StreamObservation,
)
from streamproof.harness.doctor.preflight import preflight
from streamproof.harness.doctor.probe_backend import PROBE, Probe
from streamproof.harness.http.client import (
    HttpCall,
    OnEvent,
    ReadLimits,
    client_session,
    read_stream,
)
from streamproof.harness.http.headers import with_headers
from streamproof.harness.http.reading import MAX_BYTES

ENCODINGS = "gzip, deflate, br, zstd"  # what browsers accept
FAULT = "X-Mock-Fault"  # only the mock rejects an unknown value of this header
NO_FAULT = "streamproof-doctor"
WITHOUT_ORIGIN = ("GET", "HEAD")  # a same-origin request of these methods has no Origin
HOLDS: Mapping[BackendKind, Mapping[str, str]] = {
    BackendKind.STREAMPROOF: {PROBE: Probe.HOLD},
    BackendKind.MOCK: {FAULT: "stall: {after_events: 1}"},
}
BARE_HOLDS: Mapping[BackendKind, Mapping[str, str]] = {
    BackendKind.STREAMPROOF: {PROBE: Probe.HOLD_BARE}
}
DROPS: Mapping[BackendKind, Mapping[str, str]] = {
    BackendKind.STREAMPROOF: {PROBE: Probe.DROP},
    BackendKind.MOCK: {FAULT: "cut: {after_events: 1}"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeLimits:
    """The limits of an examination."""

    silence_seconds: float = 30.0
    """Stop reading a stream after this much silence."""
    read_seconds: float = 60.0
    """Stop reading a stream that does not end after this time."""
    max_bytes: int = MAX_BYTES
    """Stop reading a stream after this number of bytes."""
    wait_seconds: float = 5.0
    """Wait this long for what should arrive at once: a first event, an end, a preflight."""


@dataclass(frozen=True, slots=True)
class PageOrigin:
    """The page that requests the stream: its origin, and whether it sends cookies."""

    origin: str
    credentials: bool = False


OnStep = Callable[[str, float], None]
"""Called before each step, with its description and the seconds that it takes at most."""


async def examine(
    call: HttpCall,
    limits: ProbeLimits,
    page: PageOrigin | None = None,
    *,
    insecure: bool = False,
    on_step: OnStep = lambda _step, _seconds: None,
) -> StreamObservation:
    """Examine the way to a stream; raises `UnreachableError` if the URL does not answer.

    A call with a body reads its own stream, even if the backend offers a sample. `insecure`
    accepts any certificate.
    """
    own = origin_of(call.url)
    foreign = page if page and page.origin != own else None
    if foreign or call.method not in WITHOUT_ORIGIN:
        call = _with_headers(call, {"Origin": foreign.origin if foreign else own})
    async with client_session(
        auto_decompress=False,
        headers={"Accept-Encoding": ENCODINGS},
        cookie_jar=aiohttp.DummyCookieJar(),
        connector=aiohttp.TCPConnector(ssl=not insecure),
    ) as session:
        return await _Examination(session, call, limits, on_step).run(foreign)


@dataclass(frozen=True, slots=True)
class _Examination:
    """The requests of one examination, in one session."""

    session: aiohttp.ClientSession
    call: HttpCall
    limits: ProbeLimits
    on_step: OnStep

    async def run(self, page: PageOrigin | None) -> StreamObservation:
        """Send all requests and return what was observed."""
        whole = ReadLimits(
            silence_seconds=self.limits.silence_seconds,
            total_seconds=self.limits.read_seconds,
            max_bytes=self.limits.max_bytes,
        )
        self.on_step("reading the stream", self.limits.read_seconds)
        sample = _with_headers(self.call, {PROBE: Probe.SAMPLE})
        reading = await read_stream(self.session, sample, whole)
        backend = await self._backend(reading.transcript.headers)
        if backend is BackendKind.STREAMPROOF and _has_body(self.call):
            reading = await read_stream(self.session, self.call, whole)
        return StreamObservation(
            self.call,
            reading,
            await http_version(self.call.url, self.limits.wait_seconds),
            await detect_proxies(self.session, self.call.url, reading.transcript.headers),
            await self._probe(backend) if backend else None,
            await self._preflight(page) if page else None,
        )

    async def _backend(self, headers: Mapping[str, str]) -> BackendKind | None:
        """Detect which backend answers; never repeat a POST, which could cost something."""
        if PROBE.lower() in headers:
            return BackendKind.STREAMPROOF
        if self.call.method != "GET":
            return None
        invalid = _with_headers(self.call, {FAULT: NO_FAULT})
        reading = await read_stream(self.session, invalid, self._short_limits)
        return BackendKind.MOCK if _is_refusal_of_mock(reading.body) else None

    @property
    def _short_limits(self) -> ReadLimits:
        seconds = self.limits.wait_seconds
        return ReadLimits(silence_seconds=seconds, total_seconds=seconds)

    async def _probe(self, backend: BackendKind) -> ProbeResult:
        hold, drop = (_with_headers(self.call, probes[backend]) for probes in (HOLDS, DROPS))
        bare_headers = BARE_HOLDS.get(backend)
        bare = _with_headers(self.call, bare_headers) if bare_headers else None
        waits = 4 * self.limits.wait_seconds
        self.on_step("waiting for what a proxy may hold back or hide", waits)
        started = await self._count_started(hold, 1) == 1
        return ProbeResult(
            backend,
            self.limits.wait_seconds,
            started,
            await self._ending(drop),
            await self._count_started(bare, 1) == 1 if started and bare else None,
            await self._count_started(hold, STREAMS_AT_ONCE) if started else None,
        )

    async def _count_started(self, call: HttpCall, count: int) -> int:
        """Open streams that are held after one event; return how many deliver that event."""
        started = [asyncio.Event() for _ in range(count)]
        limits = replace(self._short_limits, total_seconds=2 * self.limits.wait_seconds)
        readers = [
            asyncio.create_task(read_stream(self.session, call, limits, _setter(one)))
            for one in started
        ]
        waiting = [asyncio.create_task(one.wait()) for one in started]
        await asyncio.wait(waiting, timeout=self.limits.wait_seconds)
        for task in (*readers, *waiting):
            task.cancel()
        await asyncio.gather(*readers, *waiting, return_exceptions=True)
        return sum(one.is_set() for one in started)

    async def _ending(self, call: HttpCall) -> Ending:
        transcript = (await read_stream(self.session, call, self._short_limits)).transcript
        refused = transcript.status != 200  # the page notices an error status
        return Ending.ABORTED if refused else transcript.ending

    async def _preflight(self, page: PageOrigin) -> CrossOrigin:
        options = preflight(self.call, page.origin)
        answer = (await read_stream(self.session, options, self._short_limits)).transcript
        return CrossOrigin(page.origin, page.credentials, answer.status, answer.headers)


def _setter(started: asyncio.Event) -> OnEvent:
    async def on_event(_: Event) -> None:
        started.set()

    return on_event


def _with_headers(call: HttpCall, headers: Mapping[str, str]) -> HttpCall:
    return replace(call, headers=with_headers(call.headers, headers))


def _has_body(call: HttpCall) -> bool:
    return call.json is not None or bool(call.form) or call.data is not None


def _is_refusal_of_mock(body: bytes) -> bool:
    """Recognise the mock by how it refuses an unknown fault."""
    try:
        answer = parse_json(body.decode())
    except (UnicodeDecodeError, NotJson):
        return False
    return isinstance(answer, dict) and str(answer.get("error")).startswith(FAULT)
