"""Verifies that a relay streams: an event is sent only after the browser has seen the last one.

A relay that passes events on finishes at network speed; a relay that holds them back stops at a
known event. Only a failure has to wait for the time limit, so a slow machine cannot fail a sound
relay.
"""

import asyncio
from collections.abc import Sequence

from aiohttp import ClientSession, web

from streamproof.contracts.frames import FrameKind, frame_kind
from streamproof.contracts.messages import (
    EVENT_NAMES,
    Content,
    End,
    Message,
    Source,
    Sources,
    write_message,
)
from streamproof.contracts.sse import Event, encode
from streamproof.harness.checking.check import Check, run_checks
from streamproof.harness.errors import UnreachableError
from streamproof.harness.http.client import read_stream
from streamproof.harness.masking import masked_url
from streamproof.harness.reports.result import Finding, VerifiedCase
from streamproof.harness.verify.targets.target import RelayTarget

MESSAGES: tuple[Message, ...] = (
    Content("Gates"),
    Content(" open"),
    Sources((Source("doc-gate", "Gate", "Opens when the event before was seen."),)),
    Content(" one by one"),
    End(),
)
PASSED_ON = (FrameKind.CONTENT, FrameKind.SOURCES)
GATE_SECONDS = 10.0
GATES = "gates"
"""The name of the case."""


class GatedService:
    """An AI service that sends an event only after the previous one was seen at the browser."""

    def __init__(
        self, messages: Sequence[Message] = MESSAGES, gate_seconds: float = GATE_SECONDS
    ) -> None:
        """Send these messages, each after the previous one was seen."""
        self._messages = messages
        self.gate_seconds = gate_seconds
        self.close_gates()

    def close_gates(self) -> None:
        """Forget what was seen, so that the next reply begins with closed gates."""
        self._seen = [asyncio.Event() for _ in self._messages]
        self.was_asked = False
        self._gave_up = False  # events that are seen later do not count

    @property
    def unseen(self) -> int | None:
        """The number of the first event that was not seen, from 1; the end does not count."""
        pairs = enumerate(zip(self._messages, self._seen, strict=True), start=1)
        unseen = (n for n, (message, seen) in pairs if message != End() and not seen.is_set())
        return next(unseen, None)

    def app(self) -> web.Application:
        """Return the service as a web application."""
        app = web.Application()
        app.router.add_post("/chat/stream", self._reply)
        return app

    async def see(self, frame: Event) -> None:
        """Open the next gate if this frame is one of the events."""
        closed = next((gate for gate in self._seen if not gate.is_set()), None)
        if closed is not None and frame_kind(frame) in PASSED_ON and not self._gave_up:
            closed.set()

    async def _reply(self, request: web.Request) -> web.StreamResponse:
        self.was_asked = True
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for message, seen in zip(self._messages, self._seen, strict=True):
            await response.write(encode(write_message(message), EVENT_NAMES[type(message)]))
            if message != End() and not await self._is_set_in_time(seen):
                self._gave_up = True
                break
        return response

    async def _is_set_in_time(self, seen: asyncio.Event) -> bool:
        try:
            async with asyncio.timeout(self.gate_seconds):
                return await seen.wait()
        except TimeoutError:
            return False


def find_held_back(service: GatedService) -> list[Finding]:
    """Find the first event that was sent but did not arrive."""
    number = service.unseen
    if number is None:
        return []
    return [
        Finding(
            f"event {number} was sent and did not arrive within {service.gate_seconds:g} s",
            expected=f"event {number} at the browser before event {number + 1} is sent",
            actual="it did not arrive",
            event_number=number,
        )
    ]


CHECKS = (
    Check(
        "streaming.gates",
        "The relay passes on every event before the next one arrives.",
        "The AI service sends event n+1 only after the browser has seen event n, so the check does"
        " not depend on timing. The relay collects events, or keeps back the last one, so the user"
        " waits for text that has already arrived.",
        find_held_back,
    ),
)


async def verify_streaming(
    relay: RelayTarget, session: ClientSession, service: GatedService
) -> VerifiedCase:
    """Ask a relay once; raises `UnreachableError` if it does not ask `service`."""
    service.close_gates()
    call = relay.ask(await relay.new_user(), "Do you stream?")
    reading = await read_stream(session, call, relay.limits, service.see)
    if not service.was_asked:
        status = reading.transcript.status or "nothing"
        raise UnreachableError(
            f"{masked_url(call.url)} answered {status}, but the relay did not ask our AI service;"
            " set its AI service URL to the host and port of --mock-host and --mock-port"
        )
    return VerifiedCase(
        name=GATES,
        title="The AI service sends an event only after the browser has seen the previous one",
        outcomes=run_checks(CHECKS, service),
        facts={"frames": "each event before the next one was sent"},
        events=len(reading.transcript.events),
    )
