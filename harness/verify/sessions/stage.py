"""What a session has: users of the target, questions whose streams it reads, and the mock."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from uuid import uuid4

from aiohttp import ClientSession

from streamproof.contracts.frames import FrameKind
from streamproof.contracts.sse import Event
from streamproof.harness.http.client import HttpCall, read_stream
from streamproof.harness.http.reading import StreamReading
from streamproof.harness.http.short_request import ShortResponse, send_short
from streamproof.harness.verify.expected_events import expected_reply
from streamproof.harness.verify.mock import HeldReply, VerificationMock
from streamproof.harness.verify.profiles.profile import Profile
from streamproof.harness.verify.targets.target import RelayTarget, RelayUser
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.scenario.model import Scenario

SCENARIOS = Path(__file__).with_name("scenarios")
WAIT_SECONDS = 10.0
"""How long a session waits for what a sound target does at once."""


@cache
def session_scenario(name: str) -> Scenario:
    """Return a scenario of the sessions."""
    return load_scenario(SCENARIOS / f"{name}.yaml")


@dataclass(slots=True)
class Asked:
    """A question whose stream is read in the background."""

    question: str
    profile: Profile
    events: list[Event] = field(default_factory=list)
    started: float = 0.0
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

    async def until(self, holds: Callable[[], bool], seconds: float | None = None) -> bool:
        """Wait until something holds, and tell whether it does in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds or WAIT_SECONDS):
                while not (holds() or self._is_over):
                    self._changed.clear()
                    await self._changed.wait()
        return holds()

    async def until_text(self, seconds: float | None = None) -> bool:
        """Wait for the first text, and tell whether it arrives in time."""
        return await self.until(lambda: bool(self.text.strip()), seconds)

    async def until_ended(self, seconds: float | None = None) -> bool:
        """Wait for the end of the stream, and tell whether it comes in time."""
        return await self.until(lambda: self._is_over, seconds)

    async def leave(self) -> None:
        """Close the connection, as a browser that leaves does."""
        if self._task is not None:
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
        self._changed.set()

    def raise_error(self) -> None:
        """Raise what ended the reading, if something did."""
        task = self._task
        if task is not None and task.done() and not task.cancelled():
            task.result()


@dataclass(frozen=True, slots=True)
class SessionStage:
    """The target, its mock, and how to talk to both."""

    session: ClientSession
    relay: RelayTarget
    mock: VerificationMock
    is_long: bool = False
    """Whether there is time for long silences."""
    wait_seconds: float = field(default_factory=lambda: WAIT_SECONDS)

    def question(self, scenario: str, words: str = "") -> str:
        """Return a new question that makes the mock play a scenario of the sessions."""
        self.mock.offer(session_scenario(scenario))
        return " ".join(part for part in (f"/{scenario}", words, uuid4().hex[:12]) if part)

    def expected_text(self, question: str) -> str:
        """Return the text of the answer that the mock gives to a question."""
        name = question.removeprefix("/").partition(" ")[0]
        context = self.mock.context(question)
        return expected_reply(session_scenario(name), context, self.relay.dialect).text

    @asynccontextmanager
    async def asking(
        self,
        user: RelayUser,
        question: str,
        headers: Mapping[str, str] | None = None,
        *,
        silence_seconds: float = 0,
    ) -> AsyncIterator[Asked]:
        """Ask a question and read its stream while the block runs, then leave.

        A silence of `silence_seconds` is not too long.
        """
        call = self.relay.ask(user, question)
        call = replace(call, headers={**call.headers, **(headers or {})})
        async with self.reading(call, question, silence_seconds) as asked:
            yield asked

    @asynccontextmanager
    async def reading(
        self, call: HttpCall, question: str = "", silence_seconds: float = 0
    ) -> AsyncIterator[Asked]:
        """Send a request and read its stream while the block runs, then leave."""
        asked = Asked(question, self.relay.profile)
        usual = self.relay.limits
        enough = max(usual.silence_seconds, silence_seconds + self.wait_seconds)
        limits = replace(usual, silence_seconds=enough)
        asked.read_by(read_stream(self.session, call, limits, asked.see))
        try:
            yield asked
        finally:
            await asked.leave()
        asked.raise_error()

    async def answered(self, user: RelayUser, question: str) -> Asked:
        """Ask a question and read its stream to the end."""
        async with self.asking(user, question) as asked:
            await asked.until_ended(self.relay.limits.total_seconds)
        return asked

    async def held(self, question: str, seconds: float | None = None) -> HeldReply | None:
        """Wait until the reply to a question is held; None if it is not held in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds or self.wait_seconds):
                async for reply in self.mock.held(question):
                    return reply
        return None

    async def left(self, question: str, seconds: float | None = None) -> bool:
        """Wait until the target has closed its request for a question; tell whether it does."""
        return await self.mock.client_left(question, seconds or self.wait_seconds)

    async def send(self, call: HttpCall) -> ShortResponse:
        """Send a request and return its response, of which only the beginning is read."""
        return await send_short(self.session, call, self.wait_seconds)
