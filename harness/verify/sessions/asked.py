"""A question of a session whose stream is read in the background."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from streamproof.contracts.frames import FrameKind
from streamproof.contracts.sse import Event
from streamproof.harness.http.reading import StreamReading
from streamproof.harness.verify.profiles.profile import Profile


@dataclass(slots=True)
class Asked:
    """A question whose stream is read in the background."""

    question: str
    profile: Profile
    events: list[Event] = field(default_factory=list)
    seen_at: list[float] = field(default_factory=list)
    """The event loop's time of each event."""
    left_at: float | None = None
    """When the browser left, if the stream was not over."""
    reading: StreamReading | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _task: "asyncio.Task[None] | None" = None
    _is_over: bool = False
    """Whether nothing more can arrive."""

    @property
    def text(self) -> str:
        """The text that has arrived."""
        return self.profile.text(self.events)

    @property
    def ends(self) -> tuple[FrameKind, ...]:
        """The kinds of the terminal events that have arrived."""
        kinds = (self.profile.read(event).kind for event in self.events)
        return tuple(kind for kind in kinds if kind.terminal)

    @property
    def is_complete(self) -> bool:
        """Whether the stream ended as a complete answer."""
        return self.ends[:1] == (FrameKind.END,)

    @property
    def status(self) -> int:
        """The status of the response; 0 while there is none."""
        return 0 if self.reading is None else self.reading.transcript.status

    async def until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Wait until something holds, and tell whether it does in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not (holds() or self._is_over):
                    self._changed.clear()
                    await self._changed.wait()
        return holds()

    async def until_text(self, seconds: float) -> bool:
        """Wait for the first text, and tell whether it arrives in time."""
        return await self.until(lambda: bool(self.text.strip()), seconds)

    async def until_ended(self, seconds: float) -> bool:
        """Wait for the end of the stream, and tell whether it comes in time."""
        return await self.until(lambda: self._is_over, seconds)

    async def leave(self) -> None:
        """Close the connection, as a browser that leaves does."""
        if self._task is not None:
            if not self._task.done():
                self.left_at = asyncio.get_running_loop().time()
            self._task.cancel()
            await asyncio.wait([self._task])

    def read_by(self, reading: Awaitable[StreamReading]) -> None:
        """Begin to read."""

        async def read() -> None:
            try:
                self.reading = await reading
            finally:
                self._is_over = True
                self._changed.set()

        self._task = asyncio.create_task(read())

    async def see(self, event: Event) -> None:
        """Note an event."""
        self.events.append(event)
        self.seen_at.append(asyncio.get_running_loop().time())
        self._changed.set()

    def raise_error(self) -> None:
        """Raise what ended the reading, if something did."""
        task = self._task
        if task is not None and task.done() and not task.cancelled():
            task.result()
