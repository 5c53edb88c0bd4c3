"""`streamproof show`: print the file of a scenario."""

import argparse
from pathlib import Path

from streamproof.harness.cli.program import command
from streamproof.harness.console import console_for
from streamproof.harness.errors import UsageError
from streamproof.harness.exit_codes import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the scenario."""
    parser.description = (
        "Print the file of a scenario. Use it to see what a scenario does, or to copy it."
    )
    from streamproof.harness.cli.arguments.scenarios import add_folder_argument

    parser.add_argument("scenario", metavar="NAME", help="name of the scenario")
    add_folder_argument(parser)
    parser.add_argument("--path", action="store_true", help="print the path of the file instead")


def run(args: argparse.Namespace) -> int:
    """Print the file, or its path."""
    from streamproof.harness.cli.arguments.scenarios import scenario_path

    path: Path = scenario_path(args.scenario, args.scenarios)
    text = str(path) if args.path else _text(path).rstrip("\n")
    console_for(args).line(text)
    return ExitCode.OK


def _text(path: Path) -> str:
    # Imported here: `--help` must be fast.
    from streamproof.contracts.files import read_at_most, system_problem
    from streamproof.contracts.source.yaml_text import MAX_FILE_BYTES

    try:
        return read_at_most(path, MAX_FILE_BYTES).decode()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {system_problem(error)}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8; `{command('lint', str(path))}` says where") from error
