"""`streamproof completion`: print a script for command line completion in a shell."""

import argparse
from collections.abc import Mapping

from streamproof.harness.console import console_for
from streamproof.harness.errors import SetUpError
from streamproof.harness.exit_codes import ExitCode

SHELLS = ("bash", "zsh", "fish")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the shell."""
    parser.description = (
        "Print a script that completes commands, options and scenario names in a shell. Use it"
        " once, when you set up your shell: source the script, or save it where the shell loads"
        " completions."
    )
    parser.add_argument("shell", choices=SHELLS, help="the shell that reads the script")


def run(args: argparse.Namespace) -> int:
    """Print the script for the whole command line."""
    try:
        import shtab
    except ModuleNotFoundError as error:
        raise SetUpError("completion needs shtab; install it with: pip install shtab") from error
    from streamproof.harness.cli.main import whole_parser

    parser = whole_parser()
    _offer(parser, _words())
    console_for(args).line(shtab.complete(parser, shell=args.shell))
    return ExitCode.OK


def _words() -> dict[str, list[str]]:
    """Return the completions of arguments by their names, such as the shipped scenarios."""
    from streamproof.contracts.contract import BUILT_IN
    from streamproof.harness.cli.explanations import explanations
    from streamproof.mock_ai.faults import CATALOGUE
    from streamproof.mock_ai.library.files import scenario_files, shipped_folder

    names = sorted(path.stem for path in scenario_files([shipped_folder()]))
    codes = sorted({one.code for one in explanations()})
    return {
        "scenario": names,
        "default": names,
        "words": sorted(CATALOGUE),
        "code": codes,
        "contract": list(BUILT_IN),
    }


def _offer(parser: argparse.ArgumentParser, words: Mapping[str, list[str]]) -> None:
    for action in parser._actions:  # noqa: SLF001  # argparse has no public list of them
        if isinstance(action.choices, Mapping):
            for child in action.choices.values():
                _offer(child, words)
        elif action.dest in words:
            action.choices = words[action.dest]
