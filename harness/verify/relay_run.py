"""A whole `verify relay` run: first whether the relay streams, then every scenario."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass

from aiohttp import ClientSession

from streamproof.contracts.loopback import LOOPBACK
from streamproof.contracts.verdict import Verdict
from streamproof.harness.checking.case_runner import CaseRunner, run_once
from streamproof.harness.http.client import client_session
from streamproof.harness.http.server import AddressOptions
from streamproof.harness.masking import masked_url
from streamproof.harness.reports.result import RunResult, VerifiedCase
from streamproof.harness.verify.declared import capabilities_case
from streamproof.harness.verify.gates import gates_scenario
from streamproof.harness.verify.mock import VerificationMock
from streamproof.harness.verify.relay import RelayVerifier
from streamproof.harness.verify.scenario_cases import case_path
from streamproof.harness.verify.targets.target import RelayTarget
from streamproof.mock_ai.scenario.model import Scenario


@dataclass(frozen=True, slots=True)
class RelaysUnderTest:
    """The relay under test; `hasty` has short limits, for scenarios that stall."""

    usual: RelayTarget
    hasty: RelayTarget


MOCK_ADDRESS = AddressOptions("--mock-host", "--mock-port")

OpenRelays = Callable[[ClientSession, str], AbstractAsyncContextManager[RelaysUnderTest]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What to verify; `replay` is the command that repeats a single scenario."""

    scenarios: Sequence[Scenario]
    is_selection: bool = False
    """Whether the scenarios are only some of those that there are."""
    cut_seed: int | None = None
    mock_port: int = 0
    mock_host: str = LOOPBACK
    replay: str = "streamproof verify relay"
    on_case: Callable[[VerifiedCase], None] = lambda _: None
    """Called after each case."""
    run_case: CaseRunner = run_once

    @property
    def planned(self) -> tuple[str, ...]:
        """The paths of the cases, in their order."""
        return (gates_scenario().name, *map(case_path, self.scenarios))


async def verify_relay(options: RunOptions, open_relays: OpenRelays) -> RunResult:
    """Start an AI service, open the relay, verify everything.

    Raises `UnreachableError` if the relay does not answer, or does not ask this AI service.
    """
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(client_session())
        mock = VerificationMock()
        mock.offer(gates_scenario())
        serving = mock.serve(options.mock_port, options.mock_host, MOCK_ADDRESS)
        ai_url = await stack.enter_async_context(serving)
        relays = await stack.enter_async_context(open_relays(session, ai_url))
        cases = await _verify(options, relays, session, mock)
    return RunResult("relay", masked_url(relays.usual.url), tuple(cases), options.planned)


async def _verify(
    options: RunOptions, relays: RelaysUnderTest, session: ClientSession, mock: VerificationMock
) -> list[VerifiedCase]:
    """Verify that the relay streams, then the scenarios.

    Those that stall go to the relay with short limits.
    """
    usual, hasty = (
        RelayVerifier(
            *(session, relay, mock, options.replay),
            on_case=options.on_case,
            run_case=options.run_case,
        )
        for relay in (relays.usual, relays.hasty)
    )
    cases = [await options.run_case(usual.verify_streaming)]
    options.on_case(cases[0])
    stalling = [one for one in options.scenarios if _stalls(one)]
    others = [one for one in options.scenarios if not _stalls(one)]
    found = [*await usual.verify_all(others, options.cut_seed)]
    found += await hasty.verify_all(stalling, options.cut_seed)
    order = [scenario.name for scenario in options.scenarios]
    cases += sorted(found, key=lambda case: order.index(case.name))
    if relays.usual.declares and not options.is_selection:
        cases += capabilities_case(cases, relays.usual.capabilities)
    return cases


def _stalls(scenario: Scenario) -> bool:
    return scenario.expect is not None and scenario.expect.verdict == Verdict.STALLED
