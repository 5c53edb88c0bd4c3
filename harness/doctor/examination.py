"""Asks as a browser does, then what only a far end that plays along can answer.

Without such a far end the stream is asked for once. With one nothing is decided by how fast it
comes: the far end holds the stream, and what has come then was not held back on the way.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import aiohttp

from streamproof.contracts.sse import Event
from streamproof.contracts.transcript import Ending
from streamproof.harness.doctor.http_version import http_version
from streamproof.harness.doctor.middleboxes import recognise
from streamproof.harness.doctor.observation import (
    STREAMS_AT_ONCE,
    BackendKind,
    CrossOrigin,
    ProbeResult,
    StreamObservation,
    origin_of,
)
from streamproof.harness.doctor.preflight import preflight
from streamproof.harness.doctor.probe_backend import PROBE, Probe
from streamproof.harness.http.client import HttpCall, OnEvent, ReadLimits, read_stream

ENCODINGS = "gzip, deflate, br, zstd"  # what browsers accept
FAULT = "X-Mock-Fault"  # which no backend but the mock refuses
NO_FAULT = "streamproof-doctor"
WITHOUT_ORIGIN = ("GET", "HEAD")  # in these a browser names the page's origin only elsewhere
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
    """How long each thing may take, in seconds."""

    silence_seconds: float = 30.0
    """Without a byte, before the stream is left."""
    read_seconds: float = 60.0
    """The reading of a stream that goes on."""
    wait_seconds: float = 5.0
    """What is expected at once: a first event, an end, a preflight's answer."""


@dataclass(frozen=True, slots=True)
class PageOrigin:
    """The page that wants the stream: its origin, and whether it sends cookies along."""

    origin: str
    credentials: bool = False


async def examine(
    call: HttpCall, limits: ProbeLimits, page: PageOrigin | None = None, *, insecure: bool = False
) -> StreamObservation:
    """Examine the way to a stream; raises `UnreachableError` where nobody answers.

    A call with a body asks for its own stream, also where the far end has a sample. `insecure`
    takes any certificate.
    """
    own = origin_of(call.url)
    foreign = page if page and page.origin != own else None
    if foreign or call.method not in WITHOUT_ORIGIN:
        call = _with(call, {"Origin": foreign.origin if foreign else own})
    async with aiohttp.ClientSession(
        auto_decompress=False,
        headers={"Accept-Encoding": ENCODINGS},
        cookie_jar=aiohttp.DummyCookieJar(),
        connector=aiohttp.TCPConnector(ssl=not insecure),
    ) as session:
        return await _Examination(session, call, limits).run(foreign)


@dataclass(frozen=True, slots=True)
class _Examination:
    """One session, and what is asked in it."""

    session: aiohttp.ClientSession
    call: HttpCall
    limits: ProbeLimits

    async def run(self, page: PageOrigin | None) -> StreamObservation:
        """Ask everything."""
        whole = ReadLimits(
            silence_seconds=self.limits.silence_seconds, total_seconds=self.limits.read_seconds
        )
        sample = _with(self.call, {PROBE: Probe.SAMPLE})
        reading = await read_stream(self.session, sample, whole)
        far_end = await self._far_end(reading.transcript.headers)
        if far_end is BackendKind.STREAMPROOF and _has_body(self.call):
            reading = await read_stream(self.session, self.call, whole)
        return StreamObservation(
            self.call,
            reading,
            await http_version(self.call.url),
            await recognise(self.session, self.call.url, reading.transcript.headers),
            await self._line(far_end) if far_end else None,
            await self._cross(page) if page else None,
        )

    async def _far_end(self, headers: Mapping[str, str]) -> BackendKind | None:
        """Find out who answers; what might cost something, a POST, is not asked again for that."""
        if PROBE.lower() in headers:
            return BackendKind.STREAMPROOF
        if self.call.method != "GET":
            return None
        stranger = _with(self.call, {FAULT: NO_FAULT})
        reading = await read_stream(self.session, stranger, self._patience)
        return BackendKind.MOCK if _is_of_the_mock(reading.body) else None

    @property
    def _patience(self) -> ReadLimits:
        seconds = self.limits.wait_seconds
        return ReadLimits(silence_seconds=seconds, total_seconds=seconds)

    async def _line(self, far_end: BackendKind) -> ProbeResult:
        hold, drop = (_with(self.call, plays[far_end]) for plays in (HOLDS, DROPS))
        bare = BARE_HOLDS.get(far_end)
        begun = await self._begun(hold, 1) == 1
        return ProbeResult(
            far_end,
            self.limits.wait_seconds,
            begun,
            await self._ending(drop),
            await self._begun(_with(self.call, bare), 1) == 1 if begun and bare else None,
            await self._begun(hold, STREAMS_AT_ONCE) if begun else None,
        )

    async def _begun(self, call: HttpCall, count: int) -> int:
        """Open streams that are held after an event, and count those whose event comes."""
        begun = [asyncio.Event() for _ in range(count)]
        patience = replace(self._patience, total_seconds=2 * self.limits.wait_seconds)
        readers = [
            asyncio.create_task(read_stream(self.session, call, patience, _setting(one)))
            for one in begun
        ]
        waiting = [asyncio.create_task(one.wait()) for one in begun]
        await asyncio.wait(waiting, timeout=self.limits.wait_seconds)
        for task in (*readers, *waiting):
            task.cancel()
        await asyncio.gather(*readers, *waiting, return_exceptions=True)
        return sum(one.is_set() for one in begun)

    async def _ending(self, call: HttpCall) -> Ending:
        seen = (await read_stream(self.session, call, self._patience)).transcript
        refused = seen.status != 200  # by which the page is told as well
        return Ending.ABORTED if refused else seen.ending

    async def _cross(self, page: PageOrigin) -> CrossOrigin:
        asked = preflight(self.call, page.origin)
        answer = (await read_stream(self.session, asked, self._patience)).transcript
        return CrossOrigin(page.origin, page.credentials, answer.status, answer.headers)


def _setting(begun: asyncio.Event) -> OnEvent:
    async def on_event(_: Event) -> None:
        begun.set()

    return on_event


def _with(call: HttpCall, headers: Mapping[str, str]) -> HttpCall:
    return replace(call, headers={**call.headers, **headers})


def _has_body(call: HttpCall) -> bool:
    return call.json is not None or bool(call.form) or call.data is not None


def _is_of_the_mock(body: bytes) -> bool:
    """Recognise how the mock refuses a fault that it does not have."""
    try:
        answer = json.loads(body)
    except ValueError:
        return False
    return isinstance(answer, dict) and str(answer.get("error")).startswith(FAULT)
