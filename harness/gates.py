"""Proves that a relay streams: no event is sent before the one before it was seen at its output.

A relay that passes events on finishes at network speed; one that holds them back stops at a known
event. The deadline only bounds the failing path, so a slow machine cannot fail a sound relay.
"""

import asyncio
from collections.abc import Sequence

from aiohttp import ClientSession, web

from contracts.frames import FrameKind, frame_kind
from contracts.messages import EVENT_NAMES, Content, End, Message, Source, Sources, write_message
from contracts.sse import Event, encode
from harness.checks.check import Check, run_checks
from harness.http_reading import read_stream
from harness.result import Case, Finding
from harness.target import RelayTarget

MESSAGES: tuple[Message, ...] = (
    Content("Gates"),
    Content(" open"),
    Sources((Source("doc-gate", "Gate", "Opens when the event before was seen."),)),
    Content(" one by one"),
    End(),
)
PASSED_ON = (FrameKind.CONTENT, FrameKind.SOURCES)
GATE_SECONDS = 3.0


class GatedService:
    """An AI service that sends an event only after the one before it was seen elsewhere."""

    def __init__(
        self, messages: Sequence[Message] = MESSAGES, gate_seconds: float = GATE_SECONDS
    ) -> None:
        """Hold these messages back, each until the one before it was seen."""
        self._messages = messages
        self.gate_seconds = gate_seconds
        self._seen = [asyncio.Event() for _ in messages]
        self.asked = False
        self.stopped_at: int | None = None  # the event, counted from 1, that was never seen

    def app(self) -> web.Application:
        """Build the service."""
        app = web.Application()
        app.router.add_post("/chat/stream", self._reply)
        return app

    async def see(self, frame: Event) -> None:
        """Open the next gate, if this is an event of ours."""
        closed = next((gate for gate in self._seen if not gate.is_set()), None)
        if closed is not None and frame_kind(frame) in PASSED_ON:
            closed.set()

    async def _reply(self, request: web.Request) -> web.StreamResponse:
        self.asked = True
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for number, message in enumerate(self._messages):
            await response.write(encode(write_message(message), EVENT_NAMES[type(message)]))
            if not isinstance(message, End) and not await self._was_seen(number):
                self.stopped_at = number + 1
                break
        return response

    async def _was_seen(self, number: int) -> bool:
        try:
            async with asyncio.timeout(self.gate_seconds):
                await self._seen[number].wait()
        except TimeoutError:
            return False
        return True


def find_held_back(service: GatedService) -> list[Finding]:
    """Say which event was sent but not delivered."""
    if service.stopped_at is None:
        return []
    number = service.stopped_at
    return [
        Finding(
            f"event {number} was sent and not delivered within {service.gate_seconds:g} s",
            expected=f"event {number} at the browser before event {number + 1} is sent",
            actual="the relay held it back",
            event_number=number,
        )
    ]


CHECKS = (
    Check(
        "streaming.gates",
        "every event is passed on before the next one comes",
        find_held_back,
    ),
)


async def prove_streaming(
    relay: RelayTarget, session: ClientSession, service: GatedService
) -> Case:
    """Ask a relay once whose AI service is `service`."""
    seat = await relay.take_seat()
    await read_stream(session, relay.ask(seat, "Do you stream?"), relay.patience, service.see)
    return Case(
        name="gates",
        title="The AI service sends an event only after the browser has the one before",
        outcomes=run_checks(CHECKS, service),
    )
