"""`streamproof completion`: print a script that completes commands and options in a shell."""

import argparse

from harness.console import console_for
from harness.errors import SetUpError
from harness.exit_codes import ExitCode

SHELLS = ("bash", "zsh", "fish")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the shell."""
    parser.add_argument("shell", choices=SHELLS, help="whose completion")


def run(args: argparse.Namespace) -> int:
    """Print the script for the whole command line."""
    try:
        import shtab
    except ModuleNotFoundError as error:
        raise SetUpError("completion needs shtab: pip install shtab") from error
    from harness.cli import whole_parser

    console_for(args).line(shtab.complete(whole_parser(), shell=args.shell))
    return ExitCode.OK
