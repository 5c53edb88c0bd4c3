"""Releases held replies, each as soon as the browser has seen everything sent before its hold.

A relay that passes events on finishes at network speed, and a relay that holds them back is found
without a clock: only a failure has to wait for the time limit.
"""

import asyncio
from contextlib import suppress

from streamproof.contracts.frames import FrameKind, frame_kind
from streamproof.contracts.sse import Event
from streamproof.harness.verify.expected_events import frames_of
from streamproof.harness.verify.mock import VerificationMock
from streamproof.harness.verify.observation import HeldBack

HOLD_SECONDS = 10.0


class HeldReplies:
    """The replies to one question that wait at a hold until they are released."""

    def __init__(
        self, mock: VerificationMock, question: str, hold_seconds: float = HOLD_SECONDS
    ) -> None:
        """Watch the replies to that question; wait at each hold for at most `hold_seconds`."""
        self._mock = mock
        self._question = question
        self._hold_seconds = hold_seconds
        self._seen = 0
        self._more = asyncio.Event()
        self.holds = 0
        self.held_back: list[HeldBack] = []

    async def see(self, frame: Event) -> None:
        """Count a frame that the browser got."""
        kind = frame_kind(frame)
        if kind is not FrameKind.START and not kind.terminal:
            self._seen += 1
            self._more.set()

    async def release_all(self) -> None:
        """Release one hold after the other, until this task is cancelled."""
        async for reply in self._mock.held(self._question):
            self.holds += 1
            due = len(tuple(frames_of(reply.sent)))
            try:
                await self._wait_for(due)
            finally:  # also if the stream of the browser ends first
                if self._seen < due:
                    self.held_back.append(HeldBack(self.holds, due, self._seen))
            reply.release()

    async def _wait_for(self, due: int) -> None:
        """Wait until the browser has seen `due` frames, or until the time is up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._hold_seconds):
                while self._seen < due:
                    self._more.clear()
                    await self._more.wait()
