"""Verifies an AI service by its URL: with questions, invalid requests, and scenarios."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from uuid import uuid4

from aiohttp import ClientSession

from streamproof.contracts.checker import check
from streamproof.contracts.contract import AI_SERVICE, StreamContract, builtin_contract
from streamproof.contracts.text import did_you_mean, short
from streamproof.contracts.verdict import Report
from streamproof.harness.checking.case_runner import (
    CaseRunner,
    RunCase,
    ShowCase,
    run_once,
    show_nothing,
)
from streamproof.harness.checking.check import run_checks
from streamproof.harness.errors import UsageError
from streamproof.harness.http.client import HttpCall, ReadLimits, read_stream
from streamproof.harness.http.curl import curl_command
from streamproof.harness.http.headers import with_headers
from streamproof.harness.http.reading import SCENARIO_BYTES, StreamReading
from streamproof.harness.reports.difference import excerpt
from streamproof.harness.reports.marks import call_marks, kinds_of
from streamproof.harness.reports.result import Leg, VerifiedCase
from streamproof.harness.tasks import gather_limited
from streamproof.harness.verify.checks import verdict
from streamproof.harness.verify.checks.service import (
    REQUEST_CHECKS,
    RefusalStatuses,
    ServiceReply,
    reply_checks,
)
from streamproof.harness.verify.dialects import ANY_MODEL, REQUESTS, StreamRequest
from streamproof.harness.verify.expected_events import answering_reply, context_of, planned_report
from streamproof.harness.verify.scenario_cases import case_path, group_of
from streamproof.harness.verify.scenario_text import scenario_text
from streamproof.mock_ai.scenario.model import Scenario
from streamproof.mock_ai.scenario.step_types import HoldStep

AT_ONCE = 8

# A short question, one with a line end and other scripts, and one that is longer than a packet.
QUESTIONS = (
    "Hello",
    "Bagaimana aturan cuti?\nさようなら 😀",
    "Please sum this up: " + "the same sentence again. " * 100,
)
BAD_REQUESTS = "bad-requests"
"""The name of the case that sends invalid requests."""


@dataclass(frozen=True, slots=True)
class PlayedScenario:
    """What the contract finds in the reply of the service, and the verdict that it should have."""

    upstream: Report
    expected_verdict: str | None


@dataclass(frozen=True, slots=True)
class ServiceVerifier:
    """Sends requests of one dialect to an AI service. `replay` is the command that repeats them."""

    session: ClientSession
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    limits: ReadLimits = field(default_factory=ReadLimits)
    contract: StreamContract = field(default_factory=lambda: builtin_contract(AI_SERVICE))
    request: StreamRequest = REQUESTS[AI_SERVICE]
    model: str = ANY_MODEL
    replay: str = "streamproof verify ai"
    on_case: Callable[[VerifiedCase], None] = lambda _: None
    """Called after each case."""
    running: ShowCase = show_nothing
    run_case: CaseRunner = run_once

    async def play_all(self, scenarios: Sequence[Scenario]) -> tuple[VerifiedCase, ...]:
        """Have a mock play scenarios, which it does below the prefix /s/NAME."""

        async def play(scenario: Scenario) -> VerifiedCase:
            return await self._run(case_path(scenario), partial(self.play, scenario))

        return await gather_limited(play, scenarios, AT_ONCE)

    async def ask_all(
        self, questions: Sequence[str] = QUESTIONS, names: Sequence[str] | None = None
    ) -> tuple[VerifiedCase, ...]:
        """Ask questions, then send invalid requests; or only the cases with these names.

        Only the chat dialect says which requests are invalid. Raises `UsageError` for a name that
        is not one of a case.
        """
        by_name = {f"question-{number}": text for number, text in enumerate(questions, start=1)}
        refusals = [BAD_REQUESTS] if self.request.bad_bodies else []
        chosen = _chosen(names, (*by_name, *refusals))
        asked = [
            await self._run(name, partial(self.ask, name, by_name[name]))
            for name in chosen
            if name in by_name
        ]
        if BAD_REQUESTS not in chosen:
            return tuple(asked)
        answers = not asked or any(case.facts["status"] == "200" for case in asked)
        refusing = partial(self.refuse, answers=answers)
        return (*asked, await self._run(BAD_REQUESTS, refusing))

    async def ask(self, name: str, question: str) -> VerifiedCase:
        """Ask one question and check the reply."""
        call = self._call(self.url, self.request.body(question, self.model))
        reading = await self._read(call)
        reply = ServiceReply(reading, check(reading.transcript, self.contract))
        return VerifiedCase(
            name=name,
            title=f"Asks {excerpt(question, 60)}",
            outcomes=run_checks(reply_checks(self.contract), reply),
            timeline=tuple(call_marks(call, reading, Leg.AI, kinds_of(self.contract))),
            replay=f"{self.replay} --case {name}",
            facts={"status": str(reading.transcript.status), "verdict": reply.report.verdict},
            curl=curl_command(call),
            events=len(reading.transcript.events),
        )

    async def refuse(self, *, answers: bool) -> VerifiedCase:
        """Send invalid bodies, and check the status of each response.

        `answers` tells whether the service answers valid ones.
        """
        bodies = self.request.bad_bodies
        statuses = {what: await self._status(body) for what, body in bodies.items()}
        return VerifiedCase(
            name=BAD_REQUESTS,
            title="Sends invalid requests",
            outcomes=run_checks(REQUEST_CHECKS, RefusalStatuses(statuses, answers)),
            replay=f"{self.replay} --case {BAD_REQUESTS}",
        )

    async def play(self, scenario: Scenario) -> VerifiedCase:
        """Have a mock play a scenario once per expected attempt, and compare the last verdict."""
        mark = uuid4().hex  # tells the attempts of this play from those of another one
        url = self.request.playing(self.url, scenario.name, self.model)
        call = self._call(url, self.request.body(f"Which one is it? {mark}", self.model))
        attempts = scenario.expect.stored.attempts if scenario.expect else 1
        for _ in range(attempts):
            reading = await self._read(call, SCENARIO_BYTES)
        report = check(reading.transcript, self.contract)
        played = PlayedScenario(report, self._expected_verdict(scenario, call, attempts))
        outcomes = run_checks(verdict.CHECKS, played)
        failed = any(outcome.findings for outcome in outcomes)
        return VerifiedCase(
            name=scenario.name,
            title=scenario.title,
            group=group_of(scenario),
            file=str(scenario.path) if scenario.path else None,
            outcomes=outcomes,
            timeline=tuple(call_marks(call, reading, Leg.AI, kinds_of(self.contract))),
            replay=f"{self.replay} --scenario {scenario.name}",
            facts={"verdict": report.verdict},
            curl=curl_command(call),
            scenario=scenario_text(scenario.path) if failed else None,
            events=len(reading.transcript.events),
        )

    def _expected_verdict(self, scenario: Scenario, call: HttpCall, attempt: int) -> str | None:
        """Return the verdict that the file has for the chat dialect, or plan that of another.

        Nothing releases a hold here, so the verdict of a held reply is planned as well.
        """
        is_held = HoldStep in answering_reply(scenario).step_types
        if self.request is not REQUESTS[AI_SERVICE] or is_held:
            return planned_report(scenario, self.contract, context_of(call, attempt)).verdict
        return scenario.expect.verdict if scenario.expect else None

    async def _run(self, path: str, run: RunCase) -> VerifiedCase:
        with self.running(path):
            case = await self.run_case(run)
        self.on_case(case)
        return case

    def _call(self, url: str, body: object) -> HttpCall:
        address = self.request.address(url, self.model)
        headers = with_headers(self.request.headers, self.headers)
        return HttpCall("POST", address, headers, json=body)

    async def _read(self, call: HttpCall, least_bytes: int = 0) -> StreamReading:
        limits = replace(self.limits, max_bytes=max(self.limits.max_bytes, least_bytes))
        return await read_stream(self.session, call, limits)

    async def _status(self, body: bytes) -> int:
        headers = with_headers({"Content-Type": "application/json"}, self.headers)
        call = HttpCall("POST", self.request.address(self.url), headers, data=body)
        only_head = replace(self.limits, max_bytes=0)
        return (await read_stream(self.session, call, only_head)).transcript.status


def _chosen(names: Sequence[str] | None, known: Sequence[str]) -> Sequence[str]:
    """Return the names, or all known ones."""
    for name in names or ():
        if name not in known:
            advice = did_you_mean(name, known) or f"wanted one of {', '.join(known)}"
            raise UsageError(f"--case: no case is named {short(name)}; {advice}")
    return known if names is None else names
