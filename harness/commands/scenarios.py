"""`streamproof scenarios`: list scenarios, those that a word or a bug report names first of all."""

import argparse
import json
from typing import TYPE_CHECKING

from harness.console import console_for
from harness.exit_codes import ExitCode

if TYPE_CHECKING:
    from mock_ai.language.scenario import Scenario


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to look for."""
    from harness.scenario_choice import add_folder_argument

    parser.add_argument(
        "words", metavar="WORD", nargs="*", help="only where all words are in name, title or about"
    )
    parser.add_argument(
        "--seen-in", metavar="TEXT", help="only where a report has this in it, as owner/name#number"
    )
    add_folder_argument(parser)
    parser.add_argument("--json", action="store_true", help="print the list as JSON")


def run(args: argparse.Namespace) -> int:
    """Print what fits; 0 also where nothing does."""
    from harness.scenario_choice import choose_scenarios

    found = [
        scenario
        for scenario in choose_scenarios(args)
        if _has_words(scenario, args.words) and _was_seen_in(scenario, args.seen_in)
    ]
    console = console_for(args)
    if args.json:
        records = [_record(scenario) for scenario in found]
        console.line(json.dumps(records, ensure_ascii=False, indent=2))
        return ExitCode.OK
    rows = [(one.name, one.title, " ".join(one.seen_in)) for one in found]
    console.table(("scenario", "title", "seen in"), rows)
    console.line(f"scenarios: {len(found)}; `streamproof show NAME` prints one")
    return ExitCode.OK


def _has_words(scenario: "Scenario", words: list[str]) -> bool:
    text = f"{scenario.name} {scenario.title} {scenario.about}".casefold()
    return all(word.casefold() in text for word in words)


def _was_seen_in(scenario: "Scenario", report: str | None) -> bool:
    return report is None or any(report.casefold() in seen.casefold() for seen in scenario.seen_in)


def _record(scenario: "Scenario") -> dict[str, object]:
    return {
        "name": scenario.name,
        "title": scenario.title,
        "about": scenario.about.strip(),
        "seen_in": list(scenario.seen_in),
        "faults": sorted({fault.kind for reply in scenario.replies for fault in reply.faults}),
        "file": str(scenario.path),
    }
