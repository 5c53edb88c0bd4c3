"""Sends the probes of `doctor` to a backend that knows them, and notes what arrives.

No time decides that a proxy is sound: each wait ends when what should arrive has arrived. Only what
does not arrive takes the whole time.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import aiohttp

from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import parse_json
from streamproof.contracts.sse import Event
from streamproof.contracts.transcript import Ending
from streamproof.harness.doctor.limits import ProbeLimits
from streamproof.harness.doctor.observation import (
    STREAMS_AT_ONCE,
    BackendKind,
    LastingKind,
    LastingResult,
    ProbeResult,
    RequestsResult,
)
from streamproof.harness.doctor.probe_backend import (
    HELD_EVENTS,
    LAST,
    PROBE,
    PROBE_ID,
    PROBE_SECONDS,
    Probe,
)
from streamproof.harness.http.client import HttpCall, OnEvent, read_stream
from streamproof.harness.http.headers import with_headers
from streamproof.harness.http.reading import StreamReading

FAULT = "X-Mock-Fault"  # only the mock rejects an unknown value of this header
LAST_EVENT_ID = "streamproof-doctor:7"
_HOLDS: Final[Mapping[BackendKind, Mapping[str, str]]] = {
    BackendKind.STREAMPROOF: {PROBE: Probe.HOLD},
    BackendKind.MOCK: {FAULT: "stall: {after_events: 1}"},
}
_DROPS: Final[Mapping[BackendKind, Mapping[str, str]]] = {
    BackendKind.STREAMPROOF: {PROBE: Probe.DROP},
    BackendKind.MOCK: {FAULT: "cut: {after_events: 1}"},
}
_LASTING: Final[Mapping[LastingKind, Probe]] = {
    LastingKind.LATE: Probe.LATE,
    LastingKind.SILENT: Probe.SILENCE,
    LastingKind.STEADY: Probe.STEADY,
}

OnStep = Callable[[str, float], None]
"""Called before each step, with its description and the seconds that it takes at most."""


@dataclass(frozen=True, slots=True)
class Prober:
    """Probes one way to a backend, in one session."""

    session: aiohttp.ClientSession
    call: HttpCall
    limits: ProbeLimits
    on_step: OnStep

    async def probe_mock(self) -> ProbeResult:
        """Return what became of the few probes that the mock AI service answers."""
        return await self._streams(BackendKind.MOCK)

    async def probe(self, sample: StreamReading) -> ProbeResult:
        """Return what became of every probe; `sample` has been read."""
        streams = await self._streams(BackendKind.STREAMPROOF)
        self.on_step("looking for lost and repeated requests", 4 * self.limits.wait_seconds)
        requests = await self._requests()
        return replace(
            streams,
            sample=sample,
            requests=requests,
            lasting=await self._lasting() if streams.started and not requests.is_cached else (),
        )

    async def _streams(self, backend: BackendKind) -> ProbeResult:
        """Hold streams, and drop one."""
        hold, drop = (with_call_headers(self.call, kind[backend]) for kind in (_HOLDS, _DROPS))
        self.on_step("waiting for what a proxy may hold back or hide", 5 * self.limits.wait_seconds)
        started = await self._count_started(hold) == 1
        result = ProbeResult(
            backend, self.limits.wait_seconds, started, ending_after_drop=await self._ending(drop)
        )
        if not started:
            return result
        if backend is BackendKind.STREAMPROOF:
            bare = with_call_headers(self.call, {PROBE: Probe.HOLD_BARE})
            result = replace(
                result,
                bare_started=await self._count_started(bare) == 1,
                went_on=await self._count_started(hold, events=HELD_EVENTS) == 1,
            )
        return replace(result, streams_started=await self._count_started(hold, STREAMS_AT_ONCE))

    async def _count_started(self, call: HttpCall, count: int = 1, events: int = 1) -> int:
        """Open streams that are held after some events; return how many deliver these events."""
        started = [asyncio.Event() for _ in range(count)]
        limits = self.limits.short(self.limits.wait_seconds)
        readers = [
            asyncio.create_task(read_stream(self.session, call, limits, _after(events, one)))
            for one in started
        ]
        waiting = [asyncio.create_task(one.wait()) for one in started]
        await asyncio.wait(waiting, timeout=self.limits.wait_seconds)
        await _cancel(*readers, *waiting)
        return sum(one.is_set() for one in started)

    async def _ending(self, call: HttpCall) -> Ending:
        transcript = (await read_stream(self.session, call, self.limits.short())).transcript
        refused = transcript.status != 200  # the page notices an error status
        return Ending.ABORTED if refused else transcript.ending

    async def _requests(self) -> RequestsResult:
        """Send single requests, and ask the backend what it got."""
        name = secrets.token_hex(8)
        echo, echoed = await self._ask(Probe.ECHO, name, {"Last-Event-ID": LAST_EVENT_ID})
        headers = echo.transcript.headers
        post = replace(self.call, method="POST", json={}, form=(), data=None)
        lost = secrets.token_hex(8)
        await self._read(_named(post, Probe.LOSE, lost))
        _, of_post = await self._ask(Probe.REPORT, lost)
        return RequestsResult(
            is_cached=PROBE.lower() in headers and headers.get(PROBE_ID.lower()) != name,
            last_event_id=_text(echoed.get("lastEventId")),
            posts=_number(of_post.get("arrived")),
            has_left=await self._leave(),
        )

    async def _leave(self) -> bool:
        """Leave a stream after its first event; return whether the backend notices."""
        name = secrets.token_hex(8)
        stay = _named(self.call, Probe.STAY, name)
        started = asyncio.Event()
        limits = self.limits.short(self.limits.wait_seconds)
        reader = asyncio.create_task(read_stream(self.session, stay, limits, _after(1, started)))
        waiting = asyncio.create_task(started.wait())
        await asyncio.wait((waiting,), timeout=self.limits.wait_seconds)
        await _cancel(reader, waiting)
        waits = {PROBE_SECONDS: f"{self.limits.wait_seconds:g}"}
        _, report = await self._ask(Probe.REPORT, name, waits)
        return report.get("left") is True

    async def _ask(
        self, probe: Probe, name: str, headers: Mapping[str, str] | None = None
    ) -> tuple[StreamReading, Mapping[str, object]]:
        """Return a response, and the facts in its event; none if no such event arrived."""
        call = with_call_headers(_named(self.call, probe, name), headers or {})
        reading = await self._read(call)
        for timed in reading.transcript.events:
            try:
                facts = parse_json(timed.event.data)
            except NotJson:
                continue
            if isinstance(facts, dict):
                return reading, facts
        return reading, {}

    async def _read(self, call: HttpCall) -> StreamReading:
        return await read_stream(self.session, call, self.limits.short(self.limits.wait_seconds))

    async def _lasting(self) -> tuple[LastingResult, ...]:
        """Read streams that last for some time, all at once."""
        longest = max(self.limits.lasting_seconds, default=0.0)
        self.on_step("looking for limits of time", longest + 2 * self.limits.wait_seconds)
        return tuple(
            await asyncio.gather(
                *(
                    self._last(kind, seconds)
                    for seconds in self.limits.lasting_seconds
                    for kind in _LASTING
                )
            )
        )

    async def _last(self, kind: LastingKind, seconds: float) -> LastingResult:
        call = with_call_headers(self.call, {PROBE: _LASTING[kind], PROBE_SECONDS: f"{seconds:g}"})
        limits = self.limits.short(seconds + self.limits.wait_seconds)
        transcript = (await read_stream(self.session, call, limits)).transcript
        return LastingResult(
            kind,
            seconds,
            transcript.ended_ms / 1000,
            transcript.ending,
            transcript.status,
            any(timed.event.data == LAST for timed in transcript.events),
        )


def with_call_headers(call: HttpCall, headers: Mapping[str, str]) -> HttpCall:
    """Return a call with other headers."""
    return replace(call, headers=with_headers(call.headers, headers))


def _named(call: HttpCall, probe: Probe, name: str) -> HttpCall:
    return with_call_headers(call, {PROBE: probe, PROBE_ID: name})


def _after(events: int, reached: asyncio.Event) -> OnEvent:
    """Return a callback that sets `reached` when this number of events has arrived."""
    seen: list[Event] = []

    async def on_event(event: Event) -> None:
        seen.append(event)
        if len(seen) >= events:
            reached.set()

    return on_event


async def _cancel(*tasks: "asyncio.Task[StreamReading] | asyncio.Task[bool]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> int:
    """Return a whole number; in JSON, numbers are floats, and 1e999 is infinite."""
    return int(value) if isinstance(value, float) and value.is_integer() else 0
