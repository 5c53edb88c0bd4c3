"""Proves an AI service by its URL: several questions, requests that are none, and scenarios."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from aiohttp import ClientSession

from contracts.checker import check
from contracts.contract import AI_SERVICE, StreamContract, builtin_contract
from contracts.verdict import Report
from harness.checks import verdict
from harness.checks.check import run_checks
from harness.checks.service import (
    REPLY_CHECKS,
    REQUEST_CHECKS,
    BadRequests,
    Reply,
)
from harness.difference import short
from harness.few_at_once import few_at_once
from harness.http_reading import Call, Patience, read_stream
from harness.recording import Reading
from harness.reports.marks import reading_marks
from harness.result import Case, Leg
from mock_ai.language.scenario import Scenario

PATH = "/chat/stream"
AT_ONCE = 8

# A short one; one with a line end and other scripts; one that is longer than a packet.
QUESTIONS = (
    "Hello",
    "Bagaimana aturan cuti?\nさようなら 😀",
    "Please sum this up: " + "the same sentence again. " * 100,
)
BAD_BODIES: Mapping[str, bytes] = {
    "no question": b"{}",
    "an empty question": b'{"question": ""}',
    "a number as question": b'{"question": 5}',
    "a list": b"[]",
    "no JSON": b'{"question": "a"',
}


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario with what the contract says about the mock's reply."""

    scenario: Scenario
    upstream: Report


@dataclass(frozen=True, slots=True)
class ServiceProver:
    """Asks one AI service. `replay` is the command that asks again."""

    session: ClientSession
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    patience: Patience = field(default_factory=Patience)
    contract: StreamContract = field(default_factory=lambda: builtin_contract(AI_SERVICE))
    replay: str = "streamproof verify ai"

    async def prove(
        self, questions: Sequence[str] = QUESTIONS, scenarios: Sequence[Scenario] = ()
    ) -> tuple[Case, ...]:
        """Prove all of it; scenarios are for a mock that knows them by the prefix /s/NAME."""
        if scenarios:
            return await few_at_once(self.play, scenarios, AT_ONCE)
        cases = [await self.ask(number, text) for number, text in enumerate(questions, start=1)]
        return (*cases, await self.refuse())

    async def ask(self, number: int, question: str) -> Case:
        """Ask one question and judge the reply."""
        reading = await self._read(PATH, {"question": question})
        reply = Reply(reading, check(reading.transcript, self.contract))
        return Case(
            name=f"question-{number}",
            title=f"Asks {short(question, 60)}",
            outcomes=run_checks(REPLY_CHECKS, reply),
            timeline=tuple(reading_marks(reading, Leg.AI)),
            replay=f"{self.replay} --question {short(question, 60)}",
            facts={"verdict": reply.judged.verdict},
        )

    async def refuse(self) -> Case:
        """Send bodies that are no question, and look at the status."""
        statuses = {what: await self._status(body) for what, body in BAD_BODIES.items()}
        return Case(
            name="bad-requests",
            title="Sends bodies that are no question",
            outcomes=run_checks(REQUEST_CHECKS, BadRequests(statuses)),
        )

    async def play(self, scenario: Scenario) -> Case:
        """Let a mock play a scenario, as often as a relay asks, and compare the last verdict."""
        body = {"question": "Which one is it?", "messageId": uuid4().hex}
        for _ in range(scenario.expect.stored.attempts if scenario.expect else 1):
            reading = await self._read(f"/s/{scenario.name}{PATH}", body)
        played = Played(scenario, check(reading.transcript, self.contract))
        return Case(
            name=scenario.name,
            title=scenario.title,
            group=scenario.path.parent.name if scenario.path else "",
            file=str(scenario.path) if scenario.path else None,
            outcomes=run_checks(verdict.CHECKS, played),
            timeline=tuple(reading_marks(reading, Leg.AI)),
            replay=f"{self.replay} --scenario {scenario.name}",
            facts={"verdict": played.upstream.verdict},
        )

    async def _read(self, path: str, body: object) -> Reading:
        call = Call("POST", self._address(path), self.headers, json=body)
        return await read_stream(self.session, call, self.patience)

    async def _status(self, body: bytes) -> int:
        headers = {"Content-Type": "application/json", **self.headers}
        call = Call("POST", self._address(PATH), headers, data=body)
        return (await read_stream(self.session, call, self.patience)).transcript.status

    def _address(self, path: str) -> str:
        return self.url.rstrip("/").removesuffix(PATH) + path
