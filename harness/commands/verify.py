"""`streamproof verify relay` and `verify ai`: prove a service by its URL."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession

from harness.console import add_no_color
from harness.proof import OpenRelays, Proof, Relays, prove_relay
from harness.reference import temporary_reference
from harness.replay import replay_command
from harness.reports.output import add_output_arguments, say
from harness.scenario_choice import add_scenario_arguments, choose_scenarios
from harness.somebodys_relay import add_relay_arguments, check_relay_arguments, somebodys_relay


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


def run(args: argparse.Namespace) -> int:
    """Prove the chosen kind of service."""
    return int(args.verify(args))


def _verify_relay(args: argparse.Namespace) -> int:
    check_relay_arguments(args)
    proof = Proof(
        choose_scenarios(args),
        args.cut,
        args.mock_port or 0,
        replay_command(args, "verify", "relay"),
    )
    open_relays = temporary_reference if args.url is None else _somebodys(args)
    return say(asyncio.run(prove_relay(proof, open_relays)), args)


def _somebodys(args: argparse.Namespace) -> OpenRelays:
    @asynccontextmanager
    async def open_relays(session: ClientSession, _: str) -> AsyncIterator[Relays]:
        async with somebodys_relay(session, args) as relay:
            yield Relays(relay, relay)

    return open_relays
