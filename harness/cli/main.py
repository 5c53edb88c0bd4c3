"""The `streamproof` command: a table of subcommands, each imported only when it is chosen.

`streamproof --help` therefore costs no more than argparse, and every foreign exception becomes
an exit code in one place.
"""

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from keyword import iskeyword
from typing import Protocol, cast

from streamproof.contracts.text import visible
from streamproof.harness.console import add_no_color
from streamproof.harness.errors import HarnessError, SetUpError
from streamproof.harness.exit_codes import ExitCode


class CommandModule(Protocol):
    """What a module in `harness/commands/` offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments of the subcommand."""

    def run(self, args: argparse.Namespace) -> int:
        """Do the work and return an exit code."""


@dataclass(frozen=True, slots=True)
class Command:
    """A line of `streamproof --help`, and its module."""

    name: str
    help: str

    def load(self) -> CommandModule:
        """Import the module; raises `SetUpError` where it is not installed."""
        module = (
            f"streamproof.harness.cli.commands.{self.name}{'_' if iskeyword(self.name) else ''}"
        )
        try:
            return cast("CommandModule", importlib.import_module(module))
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            raise SetUpError(f"the command '{self.name}' is not part of this build") from error


COMMANDS = (
    Command("demo", "stream, store and verify one scenario of each kind"),
    Command("serve", "run a complete local chat backend with a chat page"),
    Command("mock", "serve scenarios as a mock AI service"),
    Command("play", "print what a scenario puts on the wire, and when"),
    Command("plan", "print every byte of a reply and a hash of the plan"),
    Command("lint", "check scenario files"),
    Command("scenarios", "list and search scenarios"),
    Command("show", "print the file of a scenario"),
    Command("new", "write a scenario file to start from"),
    Command("explain", "explain a code of an error or a report"),
    Command("record", "record what a service streams into scenario files"),
    Command("import", "write scenario files from a curl dump or a HAR file"),
    Command("relay", "run the reference relay"),
    Command("token", "print a token for the reference relay"),
    Command("check", "check a saved or live stream against a contract"),
    Command("verify", "verify a relay or an AI service by its URL"),
    Command("doctor", "find what damages a stream before it reaches a page"),
    Command("completion", "print a script for completion in a shell"),
)

# Whose fault an error from another package is: the first class of its ancestry that is named here
# decides. Names instead of classes, so that nothing is imported for an error that never comes.
EXIT_CODES = {
    "streamproof.contracts.errors.ContractsError": ExitCode.USAGE,
    "streamproof.mock_ai.errors.MockError": ExitCode.USAGE,
    "streamproof.relay.errors.SettingsError": ExitCode.USAGE,
    "streamproof.relay.errors.RelayError": ExitCode.UNREACHABLE,
    "aiohttp.client_exceptions.ClientError": ExitCode.UNREACHABLE,
    "builtins.FileNotFoundError": ExitCode.USAGE,
    "builtins.IsADirectoryError": ExitCode.USAGE,
    "builtins.NotADirectoryError": ExitCode.USAGE,
    "builtins.PermissionError": ExitCode.USAGE,
    "builtins.OSError": ExitCode.UNREACHABLE,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _run(words)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        _swallow_output()
        return ExitCode.PIPE_CLOSED
    except Exception as error:  # noqa: BLE001  # the outermost edge: everything becomes an exit code
        code = report(error)
        _swallow_lost_output()
    return code


def _run(words: list[str]) -> int:
    chosen = next((word for word in words if not word.startswith("-")), None)
    command = next((one for one in COMMANDS if one.name == chosen), None)
    loaded = {command: command.load()} if command else {}
    try:
        args = build_parser(loaded).parse_args(words)
    except SystemExit as error:  # argparse said what there was to say: help, version, wrong usage
        return error.code if isinstance(error.code, int) else ExitCode.USAGE
    [module] = loaded.values()
    return module.run(args)


def whole_parser() -> argparse.ArgumentParser:
    """Build the parser with the arguments of every command."""
    return build_parser({command: command.load() for command in COMMANDS})


def build_parser(loaded: Mapping[Command, CommandModule]) -> argparse.ArgumentParser:
    """Build the parser: every command by name, those that are loaded with their arguments."""
    parser = argparse.ArgumentParser(
        prog="streamproof",
        description="Mock, relay and contract tests for chat backends that stream over SSE.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('streamproof')}")
    add_no_color(parser, default=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        about = command.help[0].upper() + command.help[1:] + "."
        child = commands.add_parser(command.name, help=command.help, description=about)
        if command in loaded:
            loaded[command].add_arguments(child)
            add_no_color(child)
    return parser


def exit_code_of(error: BaseException) -> ExitCode | None:
    """Say whose fault an error is; None for a bug of our own."""
    if isinstance(error, HarnessError):
        return error.exit_code
    ancestry = (f"{cls.__module__}.{cls.__qualname__}" for cls in type(error).__mro__)
    return next((EXIT_CODES[name] for name in ancestry if name in EXIT_CODES), None)


def report(error: Exception) -> ExitCode:
    """Print an error the way its kind deserves, and return its exit code."""
    code = exit_code_of(error)
    if code is None:
        traceback.print_exception(error)
        print("internal error: please report the lines above", file=sys.stderr)
        return ExitCode.INTERNAL
    said = "\n\n".join(_in_words(one) for one in getattr(error, "errors", [error]))
    print(visible(said), file=sys.stderr)
    return code


def _in_words(error: Exception) -> str:
    """Show an error at its place in its file, where it has one."""
    render = getattr(error, "render", None)
    if callable(render):
        return str(render())
    if isinstance(error, OSError) and error.filename is not None:
        return f"error: {error.filename}: {error.strerror}"
    if isinstance(error, OSError) and error.strerror:
        return f"error: {error.strerror}"
    return f"error: {error}"


def _swallow_lost_output() -> None:
    try:
        sys.stdout.flush()
    except OSError:  # as on a full disk: that is what was reported
        _swallow_output()


def _swallow_output() -> None:
    # The interpreter flushes stdout at exit, which would complain once more.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
