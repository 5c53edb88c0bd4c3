"""`streamproof play`: print what a scenario puts on the wire, and when; no server is started."""

import argparse
import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.amounts import counted, rounded_ms
from harness.console import Console, console_for
from harness.errors import UsageError
from harness.exit_codes import ExitCode

if TYPE_CHECKING:
    from mock_ai.actions.listing import Line
    from mock_ai.language.scenario import Scenario

HOW_TO_RELEASE = """\
Who releases a hold: `streamproof verify relay`, once the browser has what came before;
in a mock that runs, its inspector (/__ui), or POST /__mock/streams/NUMBER/release, with the
number from GET /__mock/streams. The times after a hold count from its end."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which scenario, and which attempt of it."""
    parser.add_argument("scenario", metavar="NAME|FILE", help="a scenario's name, or its file")
    parser.add_argument(
        "--scenarios", type=Path, metavar="DIR", help="where to look for NAME (default: ours)"
    )
    parser.add_argument(
        "--attempt", type=int, default=1, metavar="N", help="what the N-th attempt gets"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(args: argparse.Namespace) -> int:
    """Plan the reply and print it."""
    from harness.scenario_choice import scenario_path
    from mock_ai.actions.listing import list_plan
    from mock_ai.library.loading import load_scenario
    from mock_ai.planning.plan import plan

    if args.attempt < 1:
        raise UsageError(f"--attempt: wanted at least 1, got {args.attempt}")
    scenario = load_scenario(scenario_path(args.scenario, args.scenarios))
    console = console_for(args)
    lines = list_plan(plan(scenario.replies[scenario.reply_index(args.attempt)]))
    if args.json:
        for line in lines:
            record = dataclasses.asdict(line) | {"at_ms": rounded_ms(line.at_ms)}
            console.line(json.dumps(record, ensure_ascii=False))
    else:
        _show(scenario, list(lines), console)
    return ExitCode.OK


def _show(scenario: "Scenario", lines: "list[Line]", console: Console) -> None:
    from mock_ai.actions import Until

    console.line(f"{scenario.name}: {scenario.title}", "title")
    width = max(len(f"{line.at_ms:,.0f}") for line in lines)
    for line in lines:
        time = f"{line.at_ms:{width},.0f} ms"
        when = "+".rjust(len(time)) if line.joined else time
        what = f"{line.what} {line.size} B" if line.size else line.what
        console.line(f"{when}  {what}  {line.text}".rstrip())
    events, size = sum(line.events for line in lines), sum(line.size for line in lines)
    sums = f"{counted(events, 'event')}, {counted(size, 'byte')}"
    console.line(f"{sums}; + leaves in the same write as the line above")
    if any(line.text == f"until {Until.RELEASED}" for line in lines):
        console.line(HOW_TO_RELEASE)
