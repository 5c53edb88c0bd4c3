"""Releases held replies, each as soon as the browser has seen everything sent before its hold.

A relay that passes events on finishes at network speed, and a relay that holds them back is found
without a clock: only a failure has to wait for the time limit.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from streamproof.contracts.frames import FrameKind
from streamproof.contracts.sse import Event
from streamproof.harness.verify.expected_events import frames_of
from streamproof.harness.verify.mock import VerificationMock
from streamproof.harness.verify.observation import HeldBack
from streamproof.harness.verify.profiles.profile import Profile

HOLD_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Measure:
    """How much of an answer has arrived: its unit, counted on both legs of a backend."""

    unit: str
    sent: Callable[[Iterable[Event]], int]
    seen: Callable[[Event], int]


def measure_of(browser: Profile, service: Profile) -> Measure:
    """Return how to measure one stream: frames where they are copied, else characters of text."""
    if not browser.has_frames:
        return Measure(
            "character",
            sent=lambda events: _visible(service.text(events)),
            seen=lambda event: _visible(browser.read(event).text),
        )

    read = browser.reader()

    def seen(frame: Event) -> int:
        kind = read(frame).kind
        return int(kind is not FrameKind.START and not kind.terminal)

    return Measure("frame", sent=lambda events: len(tuple(frames_of(events))), seen=seen)


def _visible(text: str) -> int:
    """Count the characters without spaces, which another check compares."""
    return sum(map(len, text.split()))


class HeldReplies:
    """The replies to one question that wait at a hold until they are released."""

    def __init__(
        self,
        mock: VerificationMock,
        question: str,
        measure: Measure,
        hold_seconds: float = HOLD_SECONDS,
    ) -> None:
        """Watch the replies to that question; wait at each hold for at most `hold_seconds`."""
        self._mock = mock
        self._question = question
        self._measure = measure
        self._hold_seconds = hold_seconds
        self._seen = 0
        self._more = asyncio.Event()
        self.waits_ms: list[float] = []
        """For each hold, the time until the browser had seen what was due."""
        self.held_back: list[HeldBack] = []

    @property
    def holds(self) -> int:
        """The number of holds that were reached."""
        return len(self.waits_ms)

    async def see(self, frame: Event) -> None:
        """Count what an event brought to the browser."""
        brought = self._measure.seen(frame)
        if brought:
            self._seen += brought
            self._more.set()

    async def release_all(self) -> None:
        """Release one hold after the other, until this task is cancelled."""
        loop = asyncio.get_running_loop()
        async for reply in self._mock.held(self._question):
            began = loop.time()
            due = self._measure.sent(reply.sent)
            try:
                await self._wait_for(due)
            finally:  # also if the stream of the browser ends first
                self.waits_ms.append((loop.time() - began) * 1000)
                if self._seen < due:
                    unit = self._measure.unit
                    self.held_back.append(HeldBack(self.holds, due, self._seen, unit))
            reply.release()

    async def _wait_for(self, due: int) -> None:
        """Wait until the browser has seen as much as is due, or until the time is up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._hold_seconds):
                while self._seen < due:
                    self._more.clear()
                    await self._more.wait()
