"""`streamproof verify relay` and `verify ai`: prove a service by its URL."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession

from streamproof.harness.cli.arguments.request import (
    PATIENCE_SECONDS,
    add_header_argument,
    add_patience_argument,
    headers_of,
)
from streamproof.harness.cli.arguments.scenarios import add_scenario_arguments, choose_scenarios
from streamproof.harness.cli.replay import replay_command
from streamproof.harness.console import add_no_color
from streamproof.harness.errors import UsageError
from streamproof.harness.http.client import ReadLimits
from streamproof.harness.reports.output import add_output_arguments, say
from streamproof.harness.reports.result import RunResult
from streamproof.harness.verify.ai import QUESTIONS, ServiceVerifier
from streamproof.harness.verify.relay_run import (
    OpenRelays,
    RelaysUnderTest,
    RunOptions,
    verify_relay,
)
from streamproof.harness.verify.targets.reference import temporary_reference
from streamproof.harness.verify.targets.remote import (
    add_relay_arguments,
    check_relay_arguments,
    remote_relay,
)
from streamproof.mock_ai.scenario.model import Scenario

# A stalled scenario takes as long as this; nothing in a mock takes longer on purpose.
PLAY_PATIENCE_SECONDS = 2.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the two kinds of service, each with its own arguments."""
    kinds = parser.add_subparsers(title="services", metavar="SERVICE", required=True)
    relay = kinds.add_parser(
        "relay",
        help="a chat backend; without --url the reference relay",
        description="Play the AI service and the browser of a relay, scenario by scenario.",
    )
    add_relay_arguments(relay)
    add_scenario_arguments(relay)
    relay.add_argument(
        "--cut", type=int, metavar="SEED", help="prove also that cutting the bytes changes nothing"
    )
    add_output_arguments(relay)
    add_no_color(relay)
    relay.set_defaults(verify=_verify_relay)
    _add_ai(kinds)


def _add_ai(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    ai = kinds.add_parser(
        "ai",
        help="an AI service",
        description="Ask an AI service several questions, or a mock for its scenarios.",
    )
    ai.add_argument("--url", required=True, help="its address, without /chat/stream")
    ai.add_argument("--question", action="append", help="ask this; may be repeated")
    add_scenario_arguments(ai, "let a mock play this folder, and compare the verdicts")
    add_header_argument(ai)
    add_patience_argument(ai, None)
    add_output_arguments(ai)
    add_no_color(ai)
    ai.set_defaults(verify=_verify_ai)


def run(args: argparse.Namespace) -> int:
    """Prove the chosen kind of service."""
    return int(args.verify(args))


def _verify_relay(args: argparse.Namespace) -> int:
    check_relay_arguments(args)
    proof = RunOptions(
        scenarios=choose_scenarios(args),
        cut_seed=args.cut,
        mock_port=args.mock_port or 0,
        mock_host=args.mock_host,
        replay=replay_command(args, "verify", "relay"),
    )
    open_relays = temporary_reference if args.url is None else _somebodys(args)
    return say(asyncio.run(verify_relay(proof, open_relays)), args)


def _somebodys(args: argparse.Namespace) -> OpenRelays:
    @asynccontextmanager
    async def open_relays(session: ClientSession, _: str) -> AsyncIterator[RelaysUnderTest]:
        async with remote_relay(session, args) as relay:
            yield RelaysUnderTest(relay, relay)

    return open_relays


def _verify_ai(args: argparse.Namespace) -> int:
    plays = args.scenarios is not None or args.scenario is not None
    if plays and args.question:
        raise UsageError("--question and --scenario ask for different proofs: choose one")
    scenarios = choose_scenarios(args) if plays else []
    return say(asyncio.run(_prove_ai(args, scenarios)), args)


async def _prove_ai(args: argparse.Namespace, scenarios: list[Scenario]) -> RunResult:
    default = PLAY_PATIENCE_SECONDS if scenarios else PATIENCE_SECONDS
    async with ClientSession() as session:
        prover = ServiceVerifier(
            session,
            args.url,
            headers_of(args),
            ReadLimits(silence_seconds=args.patience_seconds or default),
            replay=replay_command(args, "verify", "ai"),
        )
        cases = await prover.prove(args.question or QUESTIONS, scenarios)
    return RunResult("ai", args.url, cases)
