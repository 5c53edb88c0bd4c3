"""A whole proof of a relay: does it stream, and does every scenario come out as it should."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import ClientSession

from contracts.verdict import Verdict
from harness.gates import GatedService, prove_streaming
from harness.http_mock import Mock
from harness.http_server import LOOPBACK, serve
from harness.result import Case, Result
from harness.target import RelayTarget
from harness.verify_relay import Prover
from mock_ai.language.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Relays:
    """The relay under test: `hasty` is the one for scenarios in which the AI service stalls."""

    usual: RelayTarget
    hasty: RelayTarget


OpenRelays = Callable[[ClientSession, str], AbstractAsyncContextManager[Relays]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What to prove, and how a single scenario of it is repeated."""

    scenarios: Sequence[Scenario]
    cut_seed: int | None = None
    mock_port: int = 0
    mock_host: str = LOOPBACK
    replay: str = "streamproof verify relay"


async def prove_relay(proof: Proof, open_relays: OpenRelays) -> Result:
    """Stand in for the AI service, open the relay, prove everything.

    Raises `UnreachableError` where the relay does not answer, or does not ask our AI service.
    """
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(ClientSession())
        service = GatedService()
        async with serve(service.app(), proof.mock_port, proof.mock_host) as ai_url:
            relays = await stack.enter_async_context(open_relays(session, ai_url))
            cases = [await prove_streaming(relays.usual, session, service)]
        mock = Mock()
        async with mock.serve(urlsplit(ai_url).port or 0, proof.mock_host):
            cases += await _scenarios(proof, relays, session, mock)
    return Result("relay", relays.usual.url, tuple(cases))


async def _scenarios(
    proof: Proof, relays: Relays, session: ClientSession, mock: Mock
) -> list[Case]:
    """Prove the scenarios; those that stall go to the relay that does not wait long."""
    stalling = [one for one in proof.scenarios if _stalls(one)]
    others = [one for one in proof.scenarios if not _stalls(one)]
    cases: list[Case] = []
    for relay, scenarios in ((relays.usual, others), (relays.hasty, stalling)):
        prover = Prover(session, relay, mock, proof.replay)
        cases += await prover.prove_all(scenarios, proof.cut_seed)
    order = [scenario.name for scenario in proof.scenarios]
    return sorted(cases, key=lambda case: order.index(case.name))


def _stalls(scenario: Scenario) -> bool:
    return scenario.expect is not None and scenario.expect.verdict == Verdict.STALLED
