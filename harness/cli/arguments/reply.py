"""The one reply that a command prints without a server: which reply, and how fast."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from streamproof.harness.cli.arguments.dialects import dialect_of_option
from streamproof.harness.cli.arguments.types import count, speed
from streamproof.harness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamproof.mock_ai.actions import Action
    from streamproof.mock_ai.dialects.dialect import DialectRequest
    from streamproof.mock_ai.scenario.model import Reply, Scenario


class ChosenReply(NamedTuple):
    """A scenario, the actions of one of its replies, and the factor for all times."""

    scenario: "Scenario"
    actions: "Sequence[Action]"
    scale: float


def add_reply_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the scenario, the attempt, the turn, and the speed."""
    parser.add_argument("scenario", metavar="NAME|FILE", help="name of the scenario, or its file")
    parser.add_argument(
        "--scenarios",
        type=Path,
        metavar="DIR",
        help="folder with NAME (default: the shipped scenarios)",
    )
    parser.add_argument(
        "--attempt",
        type=count,
        default=1,
        metavar="N",
        help="the reply to the Nth attempt (default: %(default)s)",
    )
    parser.add_argument(
        "--turn",
        type=count,
        default=1,
        metavar="N",
        help="the reply to the Nth turn of a scenario with turns (default: %(default)s)",
    )
    parser.add_argument(
        "--dialect",
        metavar="NAME",
        help="the dialect of the client, for example openai-chat (default: that of the scenario)",
    )
    parser.add_argument(
        "--no-stream",
        action="store_true",
        help="the reply to a client that wants one JSON body; needs a dialect that has one",
    )
    add_speed_argument(parser)


def add_speed_argument(parser: argparse.ArgumentParser) -> None:
    """Declare `--speed`."""
    parser.add_argument(
        "--speed",
        type=speed,
        default=1.0,
        metavar="X",
        help="play X times faster; 0 removes all delays (default: %(default)g)",
    )


def planned_reply(args: argparse.Namespace) -> ChosenReply:
    """Load and plan the chosen reply; raises `UsageError` or `ScenarioErrors`."""
    from streamproof.harness.cli.arguments.scenarios import scenario_path
    from streamproof.mock_ai.library.loading import load_scenario
    from streamproof.mock_ai.planning.plan import plan

    scenario = load_scenario(scenario_path(args.scenario, args.scenarios))
    reply = scenario.replies[scenario.reply_index(args.attempt, turn=args.turn)]
    actions = plan(reply, request=_dialect_request(args, reply))
    return ChosenReply(scenario, actions, 1 / args.speed if args.speed else 0.0)


def _dialect_request(args: argparse.Namespace, reply: "Reply") -> "DialectRequest":
    from streamproof.mock_ai.planning.dialect_of_reply import sample_request

    name = args.dialect or reply.dialect or "chat"
    dialect = dialect_of_option(name)
    if args.no_stream and not dialect.has_body:
        why = f"every reply in the dialect {dialect.name} is streamed"
        raise UsageError(f"--no-stream: {why}; add --dialect with another one")
    return sample_request(name, {"stream": not args.no_stream})
