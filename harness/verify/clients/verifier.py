"""Verifies a client by its command: the first case shows its habits, then each scenario is played.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from streamproof.contracts.text import short
from streamproof.harness.checking.case_runner import CaseRunner, run_once
from streamproof.harness.checking.check import run_checks
from streamproof.harness.errors import UnreachableError, UsageError
from streamproof.harness.reports.result import Leg, TimelineMark, VerifiedCase
from streamproof.harness.verify.clients.checks.catalogue import CLIENT_CHECKS
from streamproof.harness.verify.clients.command import ClientCommand, CommandRun
from streamproof.harness.verify.clients.observation import ClientHabits, ClientObservation
from streamproof.harness.verify.clients.played import MockAddress, PlayedScenario, played
from streamproof.harness.verify.clients.suitability import why_not_for_client
from streamproof.harness.verify.judging import Judge
from streamproof.harness.verify.scenario_cases import group_of
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.scenario.model import Scenario

FILE: Final = Path(__file__).with_name("first-case.yaml")


@cache
def first_scenario() -> Scenario:
    """Return the plain answer by which a client shows its habits."""
    return load_scenario(FILE)


@dataclass(frozen=True, slots=True)
class ClientVerifier:
    """Runs a command once for each scenario, and judges what it did."""

    command: ClientCommand
    address: MockAddress = MockAddress()
    dialect: str | None = None
    """The dialect in which it must ask; by default, the one in which it does."""
    at_once: int = 1
    replay: str = "streamproof verify client"
    """The command that repeats a case, without the words of the client."""
    words: str = ""
    on_case: Callable[[VerifiedCase], None] = lambda _: None
    """Called after each case."""
    run_case: CaseRunner = run_once

    async def verify_all(self, scenarios: Sequence[Scenario]) -> tuple[VerifiedCase, ...]:
        """Verify the first case, then every scenario.

        Raises `UnreachableError` if the command does not ask the mock, and `UsageError` if it asks
        in another dialect.
        """
        first, habits = await self._first_case()
        self.on_case(first)
        judge = Judge(
            verify=lambda one: self.run_case(lambda: self.verify(one, habits)),
            at_once=self.at_once,
            limit_seconds=self.command.limit_seconds,
            limit_of_target=False,
            on_case=self.on_case,
        )
        return (first, *await judge.judge_all(scenarios))

    async def verify(self, scenario: Scenario, habits: ClientHabits) -> VerifiedCase:
        """Verify one scenario."""
        why = why_not_for_client(scenario, habits.dialect)
        if why is not None:
            return replace(self._named(scenario), skipped=why)
        async with played(scenario, self.address) as playing:
            run = await self._run(playing)
            return self._judged(playing, run, habits)

    async def _first_case(self) -> tuple[VerifiedCase, ClientHabits]:
        async with played(first_scenario(), self.address) as playing:
            run = await self._run(playing)
            habits = self._habits(playing, run)
            return replace(self._judged(playing, run, habits), replay=None), habits

    def _habits(self, playing: PlayedScenario, run: CommandRun) -> ClientHabits:
        if not playing.requests:
            raise UnreachableError(_no_request(playing, run))
        asked = playing.requests[0]
        if self.dialect not in (None, asked.dialect):
            raise UsageError(
                f"--dialect: wanted {self.dialect}, but the command asks in {asked.dialect}"
            )
        if asked.reply.transcript.body is not None:
            raise UsageError(
                "COMMAND: wanted a client that asks for a stream; it asks for one JSON body"
            )
        reports = run.outcome.reported
        return ClientHabits(
            asked.dialect, reports, has_text=reports or run.outcome.has(asked.reply.text)
        )

    async def _run(self, playing: PlayedScenario) -> CommandRun:
        return await self.command.run(playing.url, playing.scenario.name, playing.open_replies)

    def _judged(
        self, playing: PlayedScenario, run: CommandRun, habits: ClientHabits
    ) -> VerifiedCase:
        observed = ClientObservation(
            playing.scenario,
            playing.requests,
            run.outcome,
            habits,
            self.command.limit_seconds,
            run.open_after_report,
        )
        sent = [reply.reply.transcript.events for reply in observed.requests]
        return replace(
            self._named(playing.scenario),
            outcomes=run_checks(CLIENT_CHECKS, observed),
            timeline=(*playing.timeline, *_outcome_marks(run)),
            facts={
                "requests": str(len(observed.requests)),
                "verdict": str(observed.verdict or "no reply"),
                "outcome": "finished" if run.outcome.finished else run.outcome.error or "no end",
            },
            events=sum(map(len, sent)),
        )

    def _named(self, scenario: Scenario) -> VerifiedCase:
        return VerifiedCase(
            name=scenario.name,
            title=scenario.title,
            group=group_of(scenario) if scenario.path != FILE else "",
            file=str(scenario.path) if scenario.path not in (None, FILE) else None,
            replay=f"{self.replay} --scenario {scenario.name} -- {self.words}",
        )


def _no_request(playing: PlayedScenario, run: CommandRun) -> str:
    others = playing.other_requests
    came = f"these requests came: {', '.join(others[:3])}" if others else "nothing came"
    how = run.outcome.error or ("exit code 0" if run.outcome.ended else "no end")
    said = f"; it ended with {how}"
    return (
        f"the command asked the mock at {playing.url} nothing: {came}{said}. Let it take its base"
        " URL from a variable such as OPENAI_BASE_URL or STREAMPROOF_URL, name another one with"
        " --env, or write {url} into the command"
    )


def _outcome_marks(run: CommandRun) -> tuple[TimelineMark, ...]:
    outcome = run.outcome
    ended = "finished" if outcome.finished else outcome.error or "no end within the limit"
    return (TimelineMark(run.took_ms, Leg.CLIENT, f"{ended}: {short(outcome.text)}"),)
