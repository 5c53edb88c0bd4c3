"""The `streamproof` command: a table of subcommands, each imported only when it is used.

So `streamproof --help` imports little more than argparse. Exceptions become exit codes here.
"""

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from keyword import iskeyword
from typing import Protocol, cast

from streamproof.contracts.text import visible
from streamproof.harness.cli import project
from streamproof.harness.console import add_no_color
from streamproof.harness.errors import HarnessError, SetUpError
from streamproof.harness.exit_codes import ExitCode


class CommandModule(Protocol):
    """A module in `harness/cli/commands/`."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments of the subcommand."""

    def run(self, args: argparse.Namespace) -> int:
        """Run the subcommand and return an exit code."""


@dataclass(frozen=True, slots=True)
class Command:
    """A line of `streamproof --help`, and its module."""

    name: str
    help: str

    def load(self) -> CommandModule:
        """Import the module; raises `SetUpError` if it is not installed."""
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
    Command("plan", "print what a scenario puts on the wire, and when"),
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

RENAMED = {"play": "plan"}
"""Former names of commands. They still work, but help and completion do not show them."""

# The exit codes of errors from other packages. The first class in the ancestry of an error that is
# listed here decides. These are names and not classes, so that nothing is imported for them.
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
    except Exception as error:  # noqa: BLE001  # every exception becomes an exit code here
        code = report(error)
        _swallow_lost_output()
    return code


def _run(words: list[str]) -> int:
    place = next((n for n, word in enumerate(words) if not word.startswith("-")), None)
    if place is not None:
        words[place] = RENAMED.get(words[place], words[place])
    chosen = None if place is None else words[place]
    command = next((one for one in COMMANDS if one.name == chosen), None)
    loaded = {command: command.load()} if command else {}
    try:
        args = build_parser(loaded).parse_args(words)
    except SystemExit as error:  # argparse has printed the help, the version, or the wrong usage
        return error.code if isinstance(error.code, int) else ExitCode.USAGE
    [module] = loaded.values()
    return module.run(args)


def whole_parser() -> argparse.ArgumentParser:
    """Return the parser with the arguments of every command."""
    return build_parser({command: command.load() for command in COMMANDS})


def build_parser(loaded: Mapping[Command, CommandModule]) -> argparse.ArgumentParser:
    """Return the parser with every command; only the loaded ones have their arguments."""
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
    """Return the exit code of an error, or None for a bug in streamproof."""
    if isinstance(error, HarnessError):
        return error.exit_code
    ancestry = (f"{cls.__module__}.{cls.__qualname__}" for cls in type(error).__mro__)
    return next((EXIT_CODES[name] for name in ancestry if name in EXIT_CODES), None)


def report(error: Exception) -> ExitCode:
    """Print an error, and return its exit code."""
    code = exit_code_of(error)
    if code is None:
        traceback.print_exception(error)
        print(
            f"internal error: please report the lines above at {project.issues()}", file=sys.stderr
        )
        return ExitCode.INTERNAL
    print(visible("\n\n".join(_paragraphs(error))), file=sys.stderr)
    return code


def _paragraphs(error: Exception) -> Iterator[str]:
    """Yield the texts of an error; the errors of files have their places."""
    problems = getattr(error, "errors", [error] if hasattr(error, "render") else None)
    if problems is None:
        yield _error_text(error)
        return
    # Imported here: `--help` must be fast.
    from streamproof.harness.cli.problems import problem_paragraphs

    yield from problem_paragraphs(problems)


def _error_text(error: Exception) -> str:
    if type(error).__module__.startswith("aiohttp."):
        return f"error: {_client_problem(error)}"
    if isinstance(error, OSError) and error.filename is not None:
        return f"error: {error.filename}: {error.strerror}"
    if isinstance(error, OSError) and error.strerror:
        return f"error: {error.strerror}"
    return f"error: {error}"


def _client_problem(error: Exception) -> str:
    # Imported here: most commands do not need aiohttp, and `--help` must be fast.
    from streamproof.harness.http.failing import failure_text

    return failure_text(error)


def _swallow_lost_output() -> None:
    try:
        sys.stdout.flush()
    except OSError:  # for example a full disk, which was the reported error
        _swallow_output()


def _swallow_output() -> None:
    # The interpreter flushes stdout at exit, and would report the same error again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
