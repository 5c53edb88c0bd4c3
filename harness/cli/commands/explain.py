"""`streamproof explain`: explain a code of an error or a report, and what to do about it."""

import argparse
import textwrap

from streamproof.harness.cli.program import command
from streamproof.harness.console import Console, console_for
from streamproof.harness.errors import UsageError
from streamproof.harness.exit_codes import ExitCode

WIDTH = 88


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the code."""
    parser.description = (
        "Explain a code that an error or a report shows. Use it when you do not know what a check"
        " means, why it matters, or how to fix what it found. Without a code it lists all codes."
    )
    parser.add_argument(
        "code",
        metavar="CODE",
        nargs="?",
        help="the code in error[CODE], or the ID of a check in a report",
    )


def run(args: argparse.Namespace) -> int:
    """Print the explanation of a code, or a list of all codes."""
    from streamproof.contracts.text import did_you_mean, short
    from streamproof.harness.cli.explanations import explain, explanations

    console = console_for(args)
    if args.code is None:
        rows = [(one.code, one.kind) for one in explanations()]
        console.table(("code", "kind"), rows)
        return ExitCode.OK
    found = list(explain(args.code))
    if not found:
        advice = did_you_mean(args.code, [one.code for one in explanations()])
        advice = advice or f"`{command('explain')}` lists all codes"
        raise UsageError(f"unknown code {short(args.code)}; {advice}")
    for one in found:
        console.line(f"{args.code}: {one.kind}", "title")
        _paragraph(console, one.rule)
        _paragraph(console, one.text)
        for change in one.changes:
            console.line(f"  {change}")
        if one.changes:
            console.line()
    return ExitCode.OK


def _paragraph(console: Console, text: str | None) -> None:
    if text:
        console.line(textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="  "))
        console.line()
