"""Verifies an AI service by its URL: with questions, invalid requests, and scenarios."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from aiohttp import ClientSession

from streamproof.contracts.checker import check
from streamproof.contracts.contract import AI_SERVICE, StreamContract, builtin_contract
from streamproof.contracts.verdict import Report
from streamproof.harness.checking.check import run_checks
from streamproof.harness.http.client import HttpCall, ReadLimits, read_stream
from streamproof.harness.http.reading import StreamReading
from streamproof.harness.reports.difference import excerpt
from streamproof.harness.reports.marks import reading_marks
from streamproof.harness.reports.result import Leg, VerifiedCase
from streamproof.harness.tasks import gather_limited
from streamproof.harness.verify.checks import verdict
from streamproof.harness.verify.checks.service import (
    REPLY_CHECKS,
    REQUEST_CHECKS,
    RefusalStatuses,
    ServiceReply,
)
from streamproof.mock_ai.scenario.model import Scenario

PATH = "/chat/stream"
AT_ONCE = 8

# A short question, one with a line end and other scripts, and one that is longer than a packet.
QUESTIONS = (
    "Hello",
    "Bagaimana aturan cuti?\nさようなら 😀",
    "Please sum this up: " + "the same sentence again. " * 100,
)
BAD_BODIES: Mapping[str, bytes] = {
    "without a question": b"{}",
    "with an empty question": b'{"question": ""}',
    "with a number as question": b'{"question": 5}',
    "with a list": b"[]",
    "that is not JSON": b'{"question": "a"',
}


@dataclass(frozen=True, slots=True)
class PlayedScenario:
    """A scenario, with the result of the contract on the reply of the service."""

    scenario: Scenario
    upstream: Report


@dataclass(frozen=True, slots=True)
class ServiceVerifier:
    """Sends requests to one AI service. `replay` is the command that repeats them."""

    session: ClientSession
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    limits: ReadLimits = field(default_factory=ReadLimits)
    contract: StreamContract = field(default_factory=lambda: builtin_contract(AI_SERVICE))
    replay: str = "streamproof verify ai"

    async def verify(
        self, questions: Sequence[str] = QUESTIONS, scenarios: Sequence[Scenario] = ()
    ) -> tuple[VerifiedCase, ...]:
        """Verify everything; scenarios are for a mock that plays them under the prefix /s/NAME."""
        if scenarios:
            return await gather_limited(self.play, scenarios, AT_ONCE)
        cases = [await self.ask(number, text) for number, text in enumerate(questions, start=1)]
        answers = any(case.facts["status"] == "200" for case in cases)
        return (*cases, await self.refuse(answers=answers))

    async def ask(self, number: int, question: str) -> VerifiedCase:
        """Ask one question and check the reply."""
        reading = await self._read(PATH, {"question": question})
        reply = ServiceReply(reading, check(reading.transcript, self.contract))
        return VerifiedCase(
            name=f"question-{number}",
            title=f"Asks {excerpt(question, 60)}",
            outcomes=run_checks(REPLY_CHECKS, reply),
            timeline=tuple(reading_marks(reading, Leg.AI)),
            replay=f"{self.replay} --question {excerpt(question, 60)}",
            facts={"status": str(reading.transcript.status), "verdict": reply.report.verdict},
        )

    async def refuse(self, *, answers: bool) -> VerifiedCase:
        """Send invalid bodies, and check the status of each response.

        `answers` tells whether the service answers valid ones.
        """
        statuses = {what: await self._status(body) for what, body in BAD_BODIES.items()}
        return VerifiedCase(
            name="bad-requests",
            title="Sends invalid requests",
            outcomes=run_checks(REQUEST_CHECKS, RefusalStatuses(statuses, answers)),
        )

    async def play(self, scenario: Scenario) -> VerifiedCase:
        """Have a mock play a scenario once per expected attempt, and compare the last verdict."""
        body = {"question": "Which one is it?", "messageId": uuid4().hex}
        for _ in range(scenario.expect.stored.attempts if scenario.expect else 1):
            reading = await self._read(f"/s/{scenario.name}{PATH}", body)
        played = PlayedScenario(scenario, check(reading.transcript, self.contract))
        return VerifiedCase(
            name=scenario.name,
            title=scenario.title,
            group=scenario.path.parent.name if scenario.path else "",
            file=str(scenario.path) if scenario.path else None,
            outcomes=run_checks(verdict.CHECKS, played),
            timeline=tuple(reading_marks(reading, Leg.AI)),
            replay=f"{self.replay} --scenario {scenario.name}",
            facts={"verdict": played.upstream.verdict},
        )

    async def _read(self, path: str, body: object) -> StreamReading:
        call = HttpCall("POST", self._address(path), self.headers, json=body)
        return await read_stream(self.session, call, self.limits)

    async def _status(self, body: bytes) -> int:
        headers = {"Content-Type": "application/json", **self.headers}
        call = HttpCall("POST", self._address(PATH), headers, data=body)
        return (await read_stream(self.session, call, self.limits)).transcript.status

    def _address(self, path: str) -> str:
        return self.url.rstrip("/").removesuffix(PATH) + path
