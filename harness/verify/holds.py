"""Lets held replies go on, each as soon as the browser has seen all that was sent before its hold.

So a relay that passes events on finishes at network speed, and one that holds them back is found
without a clock: the deadline only bounds the failing path.
"""

import asyncio
from contextlib import suppress

from streamproof.contracts.frames import FrameKind, frame_kind
from streamproof.contracts.sse import Event
from streamproof.harness.verify.expected_events import passed_on
from streamproof.harness.verify.mock import VerificationMock
from streamproof.harness.verify.observation import HeldBack

HOLD_SECONDS = 10.0


class HeldReplies:
    """The replies to one question, as far as they are held until somebody releases them."""

    def __init__(
        self, mock: VerificationMock, question: str, hold_seconds: float = HOLD_SECONDS
    ) -> None:
        """Look for that question at the mock; wait at each hold at most so long."""
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
        """Release one hold after the other, until cancelled."""
        async for reply in self._mock.held(self._question):
            self.holds += 1
            due = len(tuple(passed_on(reply.sent)))
            try:
                await self._come(due)
            finally:  # also where the browser's stream has ended meanwhile
                if self._seen < due:
                    self.held_back.append(HeldBack(self.holds, due, self._seen))
            reply.release()

    async def _come(self, due: int) -> None:
        """Wait until so many frames have come, or that has taken too long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._hold_seconds):
                while self._seen < due:
                    self._more.clear()
                    await self._more.wait()
