"""Sends the requests of `doctor`: those of a browser, then the probes if the backend knows them.

Without probes, the stream is requested once. With probes, speed does not matter: the backend holds
the stream after one event, and a proxy that buffers has not delivered that event by then.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import parse_json
from streamproof.contracts.origins import origin_of
from streamproof.harness.doctor.http_version import http_version
from streamproof.harness.doctor.limits import ProbeLimits
from streamproof.harness.doctor.middleboxes import detect_proxies
from streamproof.harness.doctor.observation import (
    BackendKind,
    CrossOrigin,
    ProbeResult,
    StreamObservation,
)
from streamproof.harness.doctor.preflight import preflight
from streamproof.harness.doctor.probe_backend import PROBE, Probe
from streamproof.harness.doctor.probing import FAULT, OnStep, Prober, with_call_headers
from streamproof.harness.http.client import HttpCall, client_session, read_stream
from streamproof.harness.http.reading import StreamReading

ENCODINGS = "gzip, deflate, br, zstd"  # what browsers accept
NO_FAULT = "streamproof-doctor"
WITHOUT_ORIGIN = ("GET", "HEAD")  # a same-origin request of these methods has no Origin


@dataclass(frozen=True, slots=True)
class PageOrigin:
    """The page that requests the stream: its origin, and whether it sends cookies."""

    origin: str
    credentials: bool = False


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
        call = with_call_headers(call, {"Origin": foreign.origin if foreign else own})
    async with client_session(
        insecure=insecure,
        auto_decompress=False,
        headers={"Accept-Encoding": ENCODINGS},
        cookie_jar=aiohttp.DummyCookieJar(),
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
        self.on_step("reading the stream", self.limits.read_seconds)
        probed = with_call_headers(self.call, {PROBE: Probe.SAMPLE})
        reading = sample = await read_stream(self.session, probed, self.limits.whole)
        backend = await self._backend(reading.transcript.headers)
        if backend is BackendKind.STREAMPROOF and _has_body(self.call):
            reading = await read_stream(self.session, self.call, self.limits.whole)
        return StreamObservation(
            self.call,
            reading,
            await http_version(self.call.url, self.limits.wait_seconds),
            await detect_proxies(self.session, self.call.url, reading.transcript.headers),
            await self._probe(backend, sample),
            await self._preflight(page) if page else None,
        )

    async def _probe(
        self, backend: BackendKind | None, sample: StreamReading
    ) -> ProbeResult | None:
        prober = Prober(self.session, self.call, self.limits, self.on_step)
        if backend is BackendKind.STREAMPROOF:
            return await prober.probe(sample)
        return await prober.probe_mock() if backend else None

    async def _backend(self, headers: Mapping[str, str]) -> BackendKind | None:
        """Detect which backend answers; never repeat a POST, which could cost something."""
        if PROBE.lower() in headers:
            return BackendKind.STREAMPROOF
        if self.call.method != "GET":
            return None
        invalid = with_call_headers(self.call, {FAULT: NO_FAULT})
        reading = await read_stream(self.session, invalid, self.limits.short())
        return BackendKind.MOCK if _is_refusal_of_mock(reading.body) else None

    async def _preflight(self, page: PageOrigin) -> CrossOrigin:
        options = preflight(self.call, page.origin)
        answer = (await read_stream(self.session, options, self.limits.short())).transcript
        return CrossOrigin(page.origin, page.credentials, answer.status, answer.headers)


def _has_body(call: HttpCall) -> bool:
    return call.json is not None or bool(call.form) or call.data is not None


def _is_refusal_of_mock(body: bytes) -> bool:
    """Recognise the mock by how it refuses an unknown fault."""
    try:
        answer = parse_json(body.decode())
    except (UnicodeDecodeError, NotJson):
        return False
    return isinstance(answer, dict) and str(answer.get("error")).startswith(FAULT)
