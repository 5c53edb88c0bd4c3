"""What a session has: users of the target, questions whose streams it reads, and the mock."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from uuid import uuid4

from aiohttp import ClientSession

from streamproof.harness.http.client import HttpCall, read_stream
from streamproof.harness.http.short_request import ShortResponse, send_short
from streamproof.harness.verify.expected_events import expected_reply
from streamproof.harness.verify.mock import HeldReply, VerificationMock
from streamproof.harness.verify.sessions.asked import Asked
from streamproof.harness.verify.sessions.exchanges import Exchanges
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


@dataclass(frozen=True, slots=True)
class SessionStage:
    """The target, its mock, and how to talk to both."""

    session: ClientSession
    relay: RelayTarget
    mock: VerificationMock
    is_long: bool = False
    """Whether there is time for long silences."""
    wait_seconds: float = field(default_factory=lambda: WAIT_SECONDS)
    exchanges: Exchanges = field(default_factory=Exchanges)
    """What was exchanged so far."""

    def question(self, scenario: str, words: str = "") -> str:
        """Return a new question that makes the mock play a scenario of the sessions."""
        self.mock.offer(session_scenario(scenario))
        question = " ".join(part for part in (f"/{scenario}", words, uuid4().hex[:12]) if part)
        self.exchanges.note_question(question)
        return question

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
        async with self.reading(user, call, question, silence_seconds) as asked:
            yield asked

    @asynccontextmanager
    async def reading(
        self, user: RelayUser, call: HttpCall, question: str = "", silence_seconds: float = 0
    ) -> AsyncIterator[Asked]:
        """Send a request and read its stream while the block runs, then leave."""
        asked = Asked(question, self.relay.profile)
        self.exchanges.begin(user, call, question).asked = asked
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

    async def send(self, user: RelayUser, call: HttpCall) -> ShortResponse:
        """Send a request and return its response, of which only the beginning is read."""
        exchange = self.exchanges.begin(user, call)
        response = await send_short(self.session, call, self.wait_seconds)
        self.exchanges.answer(exchange, response)
        return response
