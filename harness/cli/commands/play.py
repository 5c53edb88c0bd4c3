"""`streamproof play`: print what a scenario puts on the wire, and when; no server is started."""

import argparse
import dataclasses
import json
from typing import TYPE_CHECKING

from streamproof.contracts.text import counted, rounded_ms
from streamproof.harness.cli.arguments.reply import add_reply_arguments, planned_reply
from streamproof.harness.console import Console, console_for
from streamproof.harness.exit_codes import ExitCode

if TYPE_CHECKING:
    from streamproof.mock_ai.planning.listing import PlanLine
    from streamproof.mock_ai.scenario.model import Scenario

HOW_TO_RELEASE = """\
Who releases a hold: `streamproof verify relay`, once the browser has what came before;
in a mock that runs, its inspector (/__ui), or POST /__mock/streams/NUMBER/release, with the
number from GET /__mock/streams. The times after a hold count from its end."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which reply, and how it is printed."""
    add_reply_arguments(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(args: argparse.Namespace) -> int:
    """Plan the reply and print it."""
    from streamproof.mock_ai.planning.listing import list_plan

    scenario, actions, scale = planned_reply(args)
    console = console_for(args)
    lines = [dataclasses.replace(line, at_ms=line.at_ms * scale) for line in list_plan(actions)]
    if args.json:
        for line in lines:
            record = dataclasses.asdict(line) | {"at_ms": rounded_ms(line.at_ms)}
            console.line(json.dumps(record, ensure_ascii=False))
    else:
        _show(scenario, lines, console)
    return ExitCode.OK


def _show(scenario: "Scenario", lines: "list[PlanLine]", console: Console) -> None:
    from streamproof.mock_ai.actions import Until

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
