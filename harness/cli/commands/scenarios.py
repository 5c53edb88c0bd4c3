"""`streamproof scenarios`: list scenarios, those that a word or a bug report names first of all."""

import argparse
import json
from typing import TYPE_CHECKING

from streamproof.harness.console import Console, console_for
from streamproof.harness.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamproof.mock_ai.scenario.model import Scenario

NOTHING_FOUND = """\
scenarios: 0; every WORD has to be in a name, a title, an about or a report: try one word, as
`streamproof scenarios crlf`, or a project, as `streamproof scenarios vercel/ai`.
docs/bugs.md has the bugs that they play, as A05, each with the names of its scenarios."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to look for."""
    from streamproof.harness.cli.arguments.scenarios import add_folder_argument

    parser.add_argument(
        "words",
        metavar="WORD",
        nargs="*",
        help="only where all words are in name, title, about or reports",
    )
    parser.add_argument(
        "--seen-in", metavar="TEXT", help="only where a report has this in it, as owner/name#number"
    )
    add_folder_argument(parser)
    parser.add_argument("--json", action="store_true", help="print the list as JSON")


def run(args: argparse.Namespace) -> int:
    """Print what fits, 0 also where nothing does; then raise `ScenarioErrors` for wrong files."""
    from streamproof.harness.cli.arguments.scenarios import library_in
    from streamproof.mock_ai.errors import ScenarioErrors

    library = library_in(args.scenarios)
    found = [
        scenario
        for scenario in library.scenarios.values()
        if _has_words(scenario, args.words) and _was_seen_in(scenario, args.seen_in)
    ]
    _show(found, console_for(args), as_json=args.json)
    if library.errors:
        raise ScenarioErrors(library.errors)
    return ExitCode.OK


def _show(found: "Sequence[Scenario]", console: Console, *, as_json: bool) -> None:
    if as_json:
        records = [_record(scenario) for scenario in found]
        console.line(json.dumps(records, ensure_ascii=False, indent=2))
    elif not found:
        console.line(NOTHING_FOUND)
    else:
        rows = [(one.name, one.title, " ".join(one.seen_in)) for one in found]
        console.table(("scenario", "title", "seen in"), rows)
        console.line(f"scenarios: {len(found)}; `streamproof show NAME` prints one")


def _has_words(scenario: "Scenario", words: list[str]) -> bool:
    said = (scenario.name, scenario.title, scenario.about, *scenario.seen_in)
    text = " ".join(said).casefold()
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
