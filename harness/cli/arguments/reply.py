"""The one reply that a command prints without a server: which, and how fast."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from streamproof.harness.cli.commands.mock import speed
from streamproof.harness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamproof.mock_ai.actions import Action
    from streamproof.mock_ai.scenario.model import Scenario


class ChosenReply(NamedTuple):
    """A scenario, what one attempt of it gets, and what each of its times is multiplied by."""

    scenario: "Scenario"
    actions: "Sequence[Action]"
    scale: float


def add_reply_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which scenario, which attempt of it, and how fast it is played."""
    parser.add_argument("scenario", metavar="NAME|FILE", help="a scenario's name, or its file")
    parser.add_argument(
        "--scenarios", type=Path, metavar="DIR", help="where to look for NAME (default: ours)"
    )
    parser.add_argument(
        "--attempt", type=int, default=1, metavar="N", help="what the N-th attempt gets"
    )
    parser.add_argument(
        "--speed", type=speed, default=1.0, metavar="X", help="divides every silence; 0: no silence"
    )


def planned_reply(args: argparse.Namespace) -> ChosenReply:
    """Load and plan what was asked for; raises `UsageError`, or `ScenarioErrors`."""
    from streamproof.harness.cli.arguments.scenarios import scenario_path
    from streamproof.mock_ai.library.loading import load_scenario
    from streamproof.mock_ai.planning.plan import plan

    if args.attempt < 1:
        raise UsageError(f"--attempt: wanted at least 1, got {args.attempt}")
    scenario = load_scenario(scenario_path(args.scenario, args.scenarios))
    actions = plan(scenario.replies[scenario.reply_index(args.attempt)])
    return ChosenReply(scenario, actions, 1 / args.speed if args.speed else 0.0)
