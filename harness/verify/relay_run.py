"""A whole `verify relay` run: first whether the relay streams, then every scenario."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
)
from dataclasses import dataclass, replace
from functools import partial

from aiohttp import ClientSession

from streamproof.contracts.loopback import LOOPBACK
from streamproof.harness.checking.case_runner import CaseRunner, ShowCase, run_once, show_nothing
from streamproof.harness.http.client import client_session
from streamproof.harness.http.server import AddressOptions
from streamproof.harness.reports.result import RunResult, VerifiedCase
from streamproof.harness.verify.declared import (
    WHY_A_SELECTION,
    Declarations,
    capabilities_case,
    declarations_in,
)
from streamproof.harness.verify.expected_events import falls_silent
from streamproof.harness.verify.gates import gates_scenario
from streamproof.harness.verify.mock import VerificationMock
from streamproof.harness.verify.relay import RelayVerifier
from streamproof.harness.verify.scenario_cases import case_path
from streamproof.harness.verify.sessions.catalogue import SESSIONS
from streamproof.harness.verify.sessions.session import GROUP, Session
from streamproof.harness.verify.sessions.stage import SessionStage
from streamproof.harness.verify.targets.target import RelayTarget
from streamproof.mock_ai.scenario.model import Scenario


@dataclass(frozen=True, slots=True)
class RelaysUnderTest:
    """The relay under test; `hasty` has short limits, for scenarios that stall."""

    usual: RelayTarget
    hasty: RelayTarget

    def for_scenario(self, scenario: Scenario) -> RelayTarget:
        """Return the relay for a scenario: the one with short limits if it stalls."""
        return self.hasty if _stalls(scenario) else self.usual


MOCK_ADDRESS = AddressOptions("--mock-host", "--mock-port")

OpenRelays = Callable[[ClientSession, str], AbstractAsyncContextManager[RelaysUnderTest]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What to verify; `replay` is the command that repeats a single scenario."""

    scenarios: Sequence[Scenario]
    sessions: Sequence[str] = ()
    """Only these sessions; by default all."""
    is_long: bool = False
    """Whether to play the sessions with long silences."""
    is_whole: bool = False
    """Whether to play all sessions, and to take what is declared and not tested as a finding."""
    cut_seed: int | None = None
    mock_port: int = 0
    mock_host: str = LOOPBACK
    replay: str = "streamproof verify relay"
    on_case: Callable[[VerifiedCase], None] = lambda _: None
    """Called after each case."""
    running: ShowCase = show_nothing
    run_case: CaseRunner = run_once

    @property
    def planned(self) -> tuple[str, ...]:
        """The paths of the cases, in their order."""
        sessions = (one.path for one in self.chosen_sessions)
        return (gates_scenario().name, *map(case_path, self.scenarios), *sessions)

    @property
    def chosen_sessions(self) -> Sequence[Session]:
        """The named sessions, or all of a whole run."""
        if not (self.is_whole or self.sessions):
            return ()
        return [one for one in SESSIONS if not self.sessions or one.name in self.sessions]


@dataclass(frozen=True, slots=True)
class RelayVerifiers:
    """The verifier of the relay under test, and that of the one with short limits."""

    usual: RelayVerifier
    hasty: RelayVerifier

    async def verify_all(
        self, scenarios: Sequence[Scenario], cut_seed: int | None = None
    ) -> list[VerifiedCase]:
        """Verify scenarios; those that stall go to the relay with short limits."""
        stalling = [one for one in scenarios if _stalls(one)]
        others = [one for one in scenarios if not _stalls(one)]
        found = [*await self.usual.verify_all(others, cut_seed)]
        found += await self.hasty.verify_all(stalling, cut_seed)
        order = [scenario.name for scenario in scenarios]
        return sorted(found, key=lambda case: order.index(case.name))

    def without_notes(self) -> "RelayVerifiers":
        """Return verifiers of the same relays whose cases are not of the run."""
        usual, hasty = (replace(one, on_case=lambda _: None) for one in (self.usual, self.hasty))
        return RelayVerifiers(usual, hasty)


@asynccontextmanager
async def open_verifiers(
    options: RunOptions, open_relays: OpenRelays
) -> AsyncIterator[RelayVerifiers]:
    """Start an AI service and open the relay while the block runs.

    Raises `UnreachableError` if the relay does not answer.
    """
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(client_session())
        mock = VerificationMock()
        mock.offer(gates_scenario())
        serving = mock.serve(options.mock_port, options.mock_host, MOCK_ADDRESS)
        ai_url = await stack.enter_async_context(serving)
        relays = await stack.enter_async_context(open_relays(session, ai_url))
        usual, hasty = (
            RelayVerifier(
                *(session, relay, mock, options.replay),
                on_case=options.on_case,
                running=options.running,
                run_case=options.run_case,
            )
            for relay in (relays.usual, relays.hasty)
        )
        yield RelayVerifiers(usual, hasty)


async def verify_relay(options: RunOptions, open_relays: OpenRelays) -> RunResult:
    """Verify everything; raises as `open_verifiers`, and if the relay asks another AI service."""
    async with open_verifiers(options, open_relays) as verifiers:
        cases = await _verify(options, verifiers)
        relay = verifiers.usual.relay
        capabilities: Mapping[str, str | None] = {}
        if relay.declares:
            found = declarations(cases, verifiers.usual, options)
            capabilities = found.why_untested()
            if options.is_whole:
                cases.append(capabilities_case(found))
                options.on_case(cases[-1])
    return RunResult("relay", relay.shown, tuple(cases), options.planned, capabilities=capabilities)


async def _verify(options: RunOptions, verifiers: RelayVerifiers) -> list[VerifiedCase]:
    """Verify that the relay streams, then the scenarios, then the sessions."""
    usual = verifiers.usual
    cases = [await usual.judge().judge(usual.verify_streaming)]
    cases += await verifiers.verify_all(options.scenarios, options.cut_seed)
    cases += await usual.judge().judge_all(
        [partial(play_session, one, usual, options) for one in options.chosen_sessions]
    )
    return cases


def declarations(
    cases: Iterable[VerifiedCase], verifier: RelayVerifier, options: RunOptions
) -> Declarations:
    """Compare what a relay declares with the cases that its verifier ran."""
    declared, stage = verifier.relay.capabilities, _stage(verifier, options)
    if not options.is_whole:
        return declarations_in(cases, declared, dict.fromkeys(declared, WHY_A_SELECTION))
    left_out = {
        check.capability: f"{one.path} was skipped"
        for one in SESSIONS
        if one.why_skipped(stage) is not None
        for check in one.checks
    }
    return declarations_in(cases, declared, left_out)


async def play_session(one: Session, verifier: RelayVerifier, options: RunOptions) -> VerifiedCase:
    """Play a session with the relay of a verifier."""
    named = VerifiedCase(
        name=one.name,
        title=one.title,
        group=GROUP,
        replay=f"{options.replay} --session {one.name}{' --long' if one.is_long else ''}",
    )
    stage = _stage(verifier, options)
    if why := one.why_skipped(stage):
        return replace(named, skipped=why)

    async def play() -> VerifiedCase:
        outcomes = await one.verify(stage)
        return replace(named, outcomes=outcomes, timeline=stage.exchanges.timeline(stage.mock))

    return await verifier.guarded(
        named, play, partial(stage.exchanges.until_no_answer, verifier.mock)
    )


def _stage(verifier: RelayVerifier, options: RunOptions) -> SessionStage:
    return SessionStage(verifier.session, verifier.relay, verifier.mock, options.is_long)


def _stalls(scenario: Scenario) -> bool:
    return scenario.expect is not None and falls_silent(scenario, scenario.expect)
