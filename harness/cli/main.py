"""The `streamproof` command: a table of subcommands, each imported only when it is used.

So `streamproof --help` imports little more than argparse. Exceptions become exit codes here.
"""

import argparse
import importlib
import io
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from keyword import iskeyword
from typing import Protocol, cast

from streamproof.harness.cli.parser import COMMAND, Parser
from streamproof.harness.cli.reporting import report
from streamproof.harness.console import add_no_color
from streamproof.harness.errors import SetUpError, UsageError
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
            f"streamproof.harness.cli.commands.{self.name.replace('-', '_')}"
            f"{'_' if iskeyword(self.name) else ''}"
        )
        try:
            return cast("CommandModule", importlib.import_module(module))
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            raise SetUpError(f"the command '{self.name}' is not part of this build") from error


COMMANDS = (
    Command("verify", "verify a relay, an AI service or a client"),
    Command("doctor", "find what damages a stream before it reaches a page"),
    Command("serve", "run a complete local chat backend with a chat page"),
    Command("init", "write the settings file for your backend"),
    Command("mock", "serve scenarios as a mock AI service"),
    Command("check", "check a saved or live stream against a contract"),
    Command("demo", "stream, store and verify one scenario of each kind"),
    Command("scenarios", "list and search scenarios"),
    Command("show", "print the file of a scenario"),
    Command("plan", "print what a scenario puts on the wire, and when"),
    Command("new", "write a scenario file to start from"),
    Command("shrink", "shrink a scenario file while a command fails on it"),
    Command("lint", "check scenario files"),
    Command("schema", "write the JSON Schemas with which editors complete files"),
    Command("record", "record what a service streams into scenario files"),
    Command("import", "write scenario files from a curl dump or a HAR file"),
    Command("contracts", "list the contracts of streams, or print one"),
    Command("openapi", "print the OpenAPI document of a service"),
    Command("explain", "explain a code of an error or a report"),
    Command("relay", "run the reference relay"),
    Command("reliability", "try faults on the reference relay and check what survives"),
    Command("migrate", "migrate the database of the reference relay"),
    Command("check-prisma", "find what in a Prisma schema does not fit the relay"),
    Command("token", "print a token for the reference relay"),
    Command("completion", "print a script for completion in a shell"),
)

JSON = "--json"
RENAMED = {"play": "plan"}
"""Former names of commands. They still work, but help and completion do not show them."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    _accept_every_character()
    try:
        code = _run(words)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        _swallow_output()
        return ExitCode.PIPE_CLOSED
    except Exception as error:  # noqa: BLE001  # every exception becomes an exit code here
        code = report(error, as_json=JSON in _own_words(words))
        _swallow_lost_output()
    return code


def _run(words: list[str]) -> int:
    if any("\0" in word for word in words):
        raise UsageError("an argument contains a NUL character, which no option can have")
    if not words:
        build_parser({}).print_help(sys.stderr)
        return ExitCode.USAGE
    place = next((n for n, word in enumerate(words) if not word.startswith("-")), None)
    if place is not None:
        words[place] = RENAMED.get(words[place], words[place])
    chosen = None if place is None else words[place]
    command = next((one for one in COMMANDS if one.name == chosen), None)
    loaded = {command: command.load()} if command else {}
    try:
        args = build_parser(loaded).parse_args(words)
    except SystemExit:  # argparse has printed the help or the version
        return ExitCode.OK
    [module] = loaded.values()
    return module.run(args)


def _own_words(words: list[str]) -> list[str]:
    """Return the words before `--`; those after it are a command of the user."""
    return words[: words.index("--")] if "--" in words else words


def whole_parser() -> Parser:
    """Return the parser with the arguments of every command."""
    return build_parser({command: command.load() for command in COMMANDS})


def build_parser(loaded: Mapping[Command, CommandModule]) -> Parser:
    """Return the parser with every command; only the loaded ones have their arguments."""
    parser = Parser(
        prog="streamproof",
        description="Mock, relay and contract tests for chat backends that stream over SSE.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('streamproof')}")
    add_no_color(parser, default=False)
    commands = parser.add_subparsers(title="commands", metavar=COMMAND, required=True)
    for command in COMMANDS:
        about = command.help[0].upper() + command.help[1:] + "."
        child = commands.add_parser(command.name, help=command.help, description=about)
        if command in loaded:
            loaded[command].add_arguments(child)
            add_no_color(child)
    return parser


def _accept_every_character() -> None:
    """Print escapes of the characters that the encoding of the terminal does not have."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


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
