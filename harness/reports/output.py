"""Prints the result of a run: as text, or with `--json` as one JSON document."""

import argparse

from streamproof.harness.console import console_for
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.reports.json_report import to_json
from streamproof.harness.reports.result import RunResult
from streamproof.harness.reports.text_report import print_report


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `--json`."""
    parser.add_argument("--json", action="store_true", help="print the report as one JSON document")


def say(result: RunResult, args: argparse.Namespace) -> ExitCode:
    """Print the result and return its exit code."""
    if args.json:
        print(to_json(result))
    else:
        print_report(result, console_for(args))
    return result.exit_code
