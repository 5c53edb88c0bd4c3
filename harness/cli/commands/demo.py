"""`streamproof demo`: verify one scenario of each kind, and print a table."""

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

from streamproof.harness.cli.arguments.scenarios import add_folder_argument, choose_scenarios
from streamproof.harness.cli.replay import replay_command
from streamproof.harness.console import Console, console_for
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.progress import progress_of
from streamproof.harness.reports.result import RunResult, VerifiedCase
from streamproof.harness.reports.text_report import print_end, print_failures
from streamproof.harness.verify.relay_run import RunOptions, verify_relay
from streamproof.harness.verify.targets.reference import temporary_reference
from streamproof.mock_ai.library.files import shipped_folder
from streamproof.mock_ai.scenario.summary import ScenarioSummary

COLUMNS = ("kind", "scenario", "frames at the browser", "turn", "stored text", "result")

# The best example of each folder; for other folders, the demo takes the first name.
EXAMPLES = frozenset(
    {
        "example-conversation",
        "bad-json-in-one-event",
        "reset-mid-answer",
        "markdown-with-a-script",
        "status-503-twice-then-answer",
        "cr-and-lf-in-two-writes",
    }
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the folder."""
    parser.description = (
        "Stream, store and verify one scenario of each kind, and print the results as a table."
        " Use it to see in a minute what streamproof does, or whether an installation works."
    )
    add_folder_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Run the chosen scenarios and print the table."""
    folder = args.scenarios or shipped_folder()
    scenarios = one_of_each_kind(choose_scenarios(args), folder)
    with progress_of(args, "case", len(scenarios) + 1) as progress:
        options = RunOptions(
            scenarios=[one.load() for one in scenarios],
            replay=replay_command(args, "verify", "relay"),
            on_case=lambda _: progress.advance(),
            running=progress.running,
        )
        result = asyncio.run(verify_relay(options, temporary_reference))
    return show(result, console_for(args))


def one_of_each_kind(scenarios: Sequence[ScenarioSummary], folder: Path) -> list[ScenarioSummary]:
    """Choose one scenario of each subfolder, and every scenario outside the subfolders."""
    chosen: dict[str, ScenarioSummary] = {}
    for scenario in scenarios:
        kind = _kind(scenario, folder) or scenario.name
        if kind not in chosen or scenario.name in EXAMPLES:
            chosen[kind] = scenario
    return list(chosen.values())


def _kind(scenario: ScenarioSummary, folder: Path) -> str:
    inside = scenario.path is not None and scenario.path.parent != folder
    return scenario.path.parent.name if scenario.path and inside else ""


def show(result: RunResult, console: Console) -> ExitCode:
    """Print the table, then the failures."""
    console.table(COLUMNS, [_row(case) for case in result.cases], style="result")
    print_failures(result, console)
    print_end(result, console)
    return result.exit_code


def _row(case: VerifiedCase) -> tuple[str, ...]:
    facts = (case.facts.get(name, "") for name in ("frames", "turn", "text"))
    return (case.group or "all", case.name, *facts, str(case.state))
