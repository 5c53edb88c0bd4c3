"""`streamproof scenarios`: list scenarios, or search them by words or by a reported bug."""

import argparse
from typing import TYPE_CHECKING

from streamproof.contracts.text import json_for_terminals
from streamproof.harness.cli.program import command
from streamproof.harness.cli.project import documentation
from streamproof.harness.console import Console, console_for
from streamproof.harness.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamproof.mock_ai.scenario.summary import ScenarioSummary

NOTHING_FOUND = """\
scenarios: 0
A scenario must contain every WORD in its name, title, about or seen_in.
Try a single word (`{crlf}`) or a project (`{project}`).
{bugs} lists the reported bugs, such as A05, with their scenarios."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words to search for, and the folder."""
    parser.description = (
        "List scenarios, or search them by words or by a reported bug. Use it to find a scenario"
        " that shows the stream you have in mind."
    )
    from streamproof.harness.cli.arguments.scenarios import add_folder_argument

    parser.add_argument(
        "words",
        metavar="WORD",
        nargs="*",
        help="only scenarios whose name, title, about or seen_in contain every word",
    )
    parser.add_argument(
        "--seen-in",
        metavar="TEXT",
        help="only scenarios with this text in a linked issue, such as owner/name#number"
        " (default: all)",
    )
    parser.add_argument(
        "--dialect",
        metavar="NAME",
        help="only scenarios whose events are written in this dialect, such as anthropic; those of"
        " the dialect chat without events of their own can be played in every dialect"
        " (default: all)",
    )
    add_folder_argument(parser)
    parser.add_argument("--json", action="store_true", help="print the list as one JSON document")


def run(args: argparse.Namespace) -> int:
    """Print the matching scenarios, then the errors of files that are not valid."""
    from streamproof.harness.cli.arguments.scenarios import library_in
    from streamproof.harness.cli.problems import print_problems

    has_dialect = _dialect_filter(args.dialect)
    library = library_in(args.scenarios)
    found = [
        scenario
        for scenario in library.scenarios.values()
        if _has_words(scenario, args.words)
        and _has_issue(scenario, args.seen_in)
        and has_dialect(scenario)
    ]
    _show(found, console_for(args), as_json=args.json)
    print_problems(library.errors)
    return ExitCode.USAGE if library.errors else ExitCode.OK


def _show(found: "Sequence[ScenarioSummary]", console: Console, *, as_json: bool) -> None:
    if as_json:
        records = [_record(scenario) for scenario in found]
        console.line(json_for_terminals(records, indent=2))
    elif not found:
        crlf, project = command("scenarios", "crlf"), command("scenarios", "vercel/ai")
        bugs = documentation("bugs.md")
        console.line(NOTHING_FOUND.format(bugs=bugs, crlf=crlf, project=project))
    else:
        rows = [(one.name, one.title, " ".join(one.seen_in)) for one in found]
        console.table(("scenario", "title", "seen in"), rows)
        show = command("show", found[0].name)
        console.line(f"scenarios: {len(found)}; `{show}` prints the file of the first")


def _dialect_filter(name: str | None) -> "Callable[[ScenarioSummary], bool]":
    """Return whether a scenario has the dialect; raises `UsageError` for an unknown name."""
    if name is None:
        return lambda _: True
    # Imported here: a list of all scenarios needs none of them loaded.
    from streamproof.harness.cli.arguments.dialects import dialect_of_option
    from streamproof.harness.cli.vocabulary import dialects_of

    wanted = dialect_of_option(name).name
    return lambda scenario: wanted in dialects_of(scenario.load())


def _has_words(scenario: "ScenarioSummary", words: list[str]) -> bool:
    searched = (scenario.name, scenario.title, scenario.about, *scenario.seen_in)
    text = " ".join(searched).casefold()
    return all(word.casefold() in text for word in words)


def _has_issue(scenario: "ScenarioSummary", text: str | None) -> bool:
    return text is None or any(text.casefold() in one.casefold() for one in scenario.seen_in)


def _record(scenario: "ScenarioSummary") -> dict[str, object]:
    return {
        "name": scenario.name,
        "title": scenario.title,
        "about": scenario.about.strip(),
        "seen_in": list(scenario.seen_in),
        "faults": list(scenario.fault_kinds),
        "file": str(scenario.path),
    }
