"""A whole proof of a relay: does it stream, and does every scenario come out as it should."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import ClientSession

from streamproof.contracts.loopback import LOOPBACK
from streamproof.contracts.verdict import Verdict
from streamproof.harness.http.server import serve
from streamproof.harness.reports.result import RunResult, VerifiedCase
from streamproof.harness.verify.gates import GatedService, verify_streaming
from streamproof.harness.verify.mock import VerificationMock
from streamproof.harness.verify.relay import RelayVerifier
from streamproof.harness.verify.targets.target import RelayTarget
from streamproof.mock_ai.scenario.model import Scenario


@dataclass(frozen=True, slots=True)
class RelaysUnderTest:
    """The relay under test: `hasty` is the one for scenarios in which the AI service stalls."""

    usual: RelayTarget
    hasty: RelayTarget


OpenRelays = Callable[[ClientSession, str], AbstractAsyncContextManager[RelaysUnderTest]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What to prove, and how a single scenario of it is repeated."""

    scenarios: Sequence[Scenario]
    cut_seed: int | None = None
    mock_port: int = 0
    mock_host: str = LOOPBACK
    replay: str = "streamproof verify relay"


async def verify_relay(proof: RunOptions, open_relays: OpenRelays) -> RunResult:
    """Stand in for the AI service, open the relay, prove everything.

    Raises `UnreachableError` where the relay does not answer, or does not ask our AI service.
    """
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(ClientSession())
        service = GatedService()
        async with serve(service.app(), proof.mock_port, proof.mock_host) as ai_url:
            relays = await stack.enter_async_context(open_relays(session, ai_url))
            cases = [await verify_streaming(relays.usual, session, service)]
        mock = VerificationMock()
        async with mock.serve(urlsplit(ai_url).port or 0, proof.mock_host):
            cases += await _scenarios(proof, relays, session, mock)
    return RunResult("relay", relays.usual.url, tuple(cases))


async def _scenarios(
    proof: RunOptions, relays: RelaysUnderTest, session: ClientSession, mock: VerificationMock
) -> list[VerifiedCase]:
    """Prove the scenarios; those that stall go to the relay that does not wait long."""
    stalling = [one for one in proof.scenarios if _stalls(one)]
    others = [one for one in proof.scenarios if not _stalls(one)]
    cases: list[VerifiedCase] = []
    for relay, scenarios in ((relays.usual, others), (relays.hasty, stalling)):
        prover = RelayVerifier(session, relay, mock, proof.replay)
        cases += await prover.verify_all(scenarios, proof.cut_seed)
    order = [scenario.name for scenario in proof.scenarios]
    return sorted(cases, key=lambda case: order.index(case.name))


def _stalls(scenario: Scenario) -> bool:
    return scenario.expect is not None and scenario.expect.verdict == Verdict.STALLED
