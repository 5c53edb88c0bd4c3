"""`streamproof show`: print a scenario's file."""

import argparse
from pathlib import Path

from streamproof.harness.console import console_for
from streamproof.harness.exit_codes import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which scenario."""
    from streamproof.harness.cli.arguments.scenarios import add_folder_argument

    parser.add_argument("scenario", metavar="NAME", help="a scenario's name")
    add_folder_argument(parser)
    parser.add_argument("--path", action="store_true", help="print where the file is, not the file")


def run(args: argparse.Namespace) -> int:
    """Print the file as it is."""
    from streamproof.harness.cli.arguments.scenarios import scenario_path

    path: Path = scenario_path(args.scenario, args.scenarios)
    text = str(path) if args.path else path.read_text("utf-8").rstrip("\n")
    console_for(args).line(text)
    return ExitCode.OK
