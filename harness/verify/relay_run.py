"""A whole `verify relay` run: first whether the relay streams, then every scenario."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from aiohttp import ClientSession

from streamproof.contracts.loopback import LOOPBACK
from streamproof.contracts.verdict import Verdict
from streamproof.harness.checking.case_runner import CaseRunner, run_once
from streamproof.harness.http.client import client_session
from streamproof.harness.http.server import AddressOptions, serving
from streamproof.harness.masking import masked_url
from streamproof.harness.reports.result import RunResult, VerifiedCase
from streamproof.harness.verify.gates import GATES, GatedService, verify_streaming
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
    cut_seed: int | None = None
    mock_port: int = 0
    mock_host: str = LOOPBACK
    replay: str = "streamproof verify relay"
    run_case: CaseRunner = run_once

    @property
    def planned(self) -> tuple[str, ...]:
        """The paths of the cases, in their order."""
        return (GATES, *map(case_path, self.scenarios))


async def verify_relay(options: RunOptions, open_relays: OpenRelays) -> RunResult:
    """Start an AI service, open the relay, verify everything.

    Raises `UnreachableError` if the relay does not answer, or does not ask this AI service.
    """
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(client_session())
        service = GatedService()
        address = options.mock_host, options.mock_port
        async with serving(service.app(), *address, options=MOCK_ADDRESS) as ai_url:
            relays = await stack.enter_async_context(open_relays(session, ai_url))
            gates = partial(verify_streaming, relays.usual, session, service)
            cases = [await options.run_case(gates)]
        mock = VerificationMock()
        async with mock.serve(urlsplit(ai_url).port or 0, options.mock_host):
            cases += await _scenarios(options, relays, session, mock)
    return RunResult("relay", masked_url(relays.usual.url), tuple(cases), options.planned)


async def _scenarios(
    options: RunOptions, relays: RelaysUnderTest, session: ClientSession, mock: VerificationMock
) -> list[VerifiedCase]:
    """Verify the scenarios; those that stall go to the relay with short limits."""
    stalling = [one for one in options.scenarios if _stalls(one)]
    others = [one for one in options.scenarios if not _stalls(one)]
    cases: list[VerifiedCase] = []
    for relay, scenarios in ((relays.usual, others), (relays.hasty, stalling)):
        verifier = RelayVerifier(session, relay, mock, options.replay, run_case=options.run_case)
        cases += await verifier.verify_all(scenarios, options.cut_seed)
    order = [scenario.name for scenario in options.scenarios]
    return sorted(cases, key=lambda case: order.index(case.name))


def _stalls(scenario: Scenario) -> bool:
    return scenario.expect is not None and scenario.expect.verdict == Verdict.STALLED
