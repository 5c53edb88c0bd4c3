"""Plays scenarios for a client, one case each; the first case shows how it asks and reports."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Final, Protocol

from streamproof.harness.checking.case_runner import CaseRunner, ShowCase, run_once, show_nothing
from streamproof.harness.errors import UnreachableError, UsageError
from streamproof.harness.reports.result import CheckOutcome, TimelineMark, VerifiedCase
from streamproof.harness.verify.clients.requests import ClientRequest
from streamproof.harness.verify.clients.served import MockAddress, ServedScenario, served
from streamproof.harness.verify.clients.suitability import why_not_for_client
from streamproof.harness.verify.judging import Judge
from streamproof.harness.verify.scenario_cases import case_path, group_of
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.scenario.model import Scenario

FILE: Final = Path(__file__).with_name("first-question.yaml")
SHOWN_REQUESTS: Final = 3


@cache
def first_scenario() -> Scenario:
    """Return the plain answer by which a client shows how it asks and reports."""
    return replace(load_scenario(FILE), path=None)


@dataclass(frozen=True, slots=True)
class Meeting:
    """What the checks say about a client that met one scenario."""

    requests: tuple[ClientRequest, ...]
    outcomes: tuple[CheckOutcome, ...]
    mark: TimelineMark
    outcome: str
    """How the answer ended for the client, in words."""


class ClientUnderTest(Protocol):
    """A command or a page."""

    @property
    def limit_seconds(self) -> float:
        """How long it may take for one scenario."""

    def ready(self) -> AbstractAsyncContextManager[None]:
        """Keep what it needs for all scenarios, while the block runs."""

    async def meet(self, scenario: ServedScenario) -> Meeting:
        """Meet one scenario. The first one shows its habits."""

    def no_request(self) -> str:
        """Say what happened in the first case, and how to lead the client to the mock."""

    def not_judged(self) -> Mapping[str, str]:
        """Return the checks that could not run in any case, each with the reason."""


@dataclass(frozen=True, slots=True)
class ClientVerifier:
    """Lets a client meet scenarios, and judges what it does."""

    client: ClientUnderTest
    address: MockAddress = field(default_factory=MockAddress)
    dialect: str | None = None
    """The dialect in which it must ask; by default, the one in which it does."""
    at_once: int = 1
    replay: Callable[[str], str] = "verify client --scenario {}".format
    """Returns the command that repeats the case of a scenario."""
    on_case: Callable[[VerifiedCase], None] = lambda _: None
    """Called after each case."""
    running: ShowCase = show_nothing
    run_case: CaseRunner = run_once

    async def verify_all(self, scenarios: Sequence[Scenario]) -> tuple[VerifiedCase, ...]:
        """Verify the first case, then every scenario.

        Raises `UnreachableError` if the client does not ask the mock, and `UsageError` if it asks
        in another dialect, or not for a stream.
        """
        with self.running(first_scenario().name):
            async with served(first_scenario(), self.address) as playing:
                met = await self.client.meet(playing)
                dialect = self._dialect_of(playing, met.requests)
                first = self._case(playing, met)
        self.on_case(first)
        judge = Judge(
            at_once=self.at_once,
            limit_seconds=self.client.limit_seconds,
            on_case=self.on_case,
            run_case=self.run_case,
        )
        cases = [partial(self.verify, one, dialect) for one in scenarios]
        return (first, *await judge.judge_all(cases))

    async def verify(self, scenario: Scenario, dialect: str) -> VerifiedCase:
        """Verify one scenario."""
        why = why_not_for_client(scenario, dialect)
        if why is not None:
            return replace(self._named(scenario), skipped=why)
        with self.running(case_path(scenario)):
            async with served(scenario, self.address) as playing:
                return self._case(playing, await self.client.meet(playing))

    def _dialect_of(self, playing: ServedScenario, requests: tuple[ClientRequest, ...]) -> str:
        if not requests:
            others = playing.other_requests[:SHOWN_REQUESTS]
            came = f"only {', '.join(others)}" if others else "no request"
            raise UnreachableError(
                f"the mock at {playing.url} got {came}: {self.client.no_request()}"
            )
        asked = requests[0]
        if self.dialect not in (None, asked.dialect):
            raise UsageError(
                f"--dialect: wanted {self.dialect}, but the client asks in {asked.dialect}"
            )
        if asked.reply.transcript.body is not None:
            raise UsageError("wanted a client that asks for a stream; it asks for one JSON body")
        return asked.dialect

    def _case(self, playing: ServedScenario, met: Meeting) -> VerifiedCase:
        requests = met.requests
        return replace(
            self._named(playing.scenario),
            outcomes=met.outcomes,
            timeline=(*playing.timeline, met.mark),
            facts={
                "requests": str(len(requests)),
                "verdict": str(requests[-1].verdict) if requests else "no reply",
                "outcome": met.outcome,
            },
            events=sum(len(one.reply.transcript.events) for one in requests),
        )

    def _named(self, scenario: Scenario) -> VerifiedCase:
        has_file = scenario.path is not None
        return VerifiedCase(
            name=scenario.name,
            title=scenario.title,
            group=group_of(scenario),
            file=str(scenario.path) if has_file else None,
            replay=self.replay(scenario.name) if scenario != first_scenario() else None,
        )
