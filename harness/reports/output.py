"""How a result leaves the process: for people, or with `--json` for programs."""

import argparse

from harness.console import console_for
from harness.exit_codes import ExitCode
from harness.reports.document import to_json
from harness.reports.plain import print_report
from harness.result import Result


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `--json`."""
    parser.add_argument("--json", action="store_true", help="print one JSON document instead")


def say(result: Result, args: argparse.Namespace) -> ExitCode:
    """Print the result and return its exit code."""
    if args.json:
        print(to_json(result))
    else:
        print_report(result, console_for(args))
    return result.exit_code
