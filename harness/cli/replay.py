"""The command that repeats a case of a report, with every option that it needs.

The value of a secret option is a variable of the shell, because other people read reports.
"""

import argparse
import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from streamproof.harness.cli.program import command
from streamproof.harness.http.curl import field_argument, header_argument, json_argument
from streamproof.harness.masking import has_secret, is_secret_name

SELECTING = frozenset({"scenario", "session", "long", "case", "cut", "fuzz", "seed", "fuzz_folder"})
"""The options that select cases; the report adds those of a single case."""
PRINTING = frozenset({"help", "json", "no_color", "report", "write_baseline"})
LAST = "command"
"""The argument that follows `--`, after every option."""
URLS = frozenset({"url", "page", "target", "history_url", "database"})
"""The options whose value is a URL, which can have a password or a secret parameter."""
QUOTING: Final[Mapping[str, Callable[[Any], str]]] = {  # `Any` is what the option's type makes
    "header": lambda pair: header_argument(*pair),
    "form": lambda pair: field_argument(*pair),
    "env": lambda text: field_argument(*text.split("=", 1)),
    "data": json_argument,
}
"""How an option is quoted whose value can have a secret with its name."""


def replay_command(args: argparse.Namespace, *words: str) -> str:
    """Return the command WORDS with those options of `args.parser` that are not the default."""
    return " ".join([command(*words), *_options(args, SELECTING | PRINTING)])


def given_command(args: argparse.Namespace) -> str:
    """Return the command of this run, without its secrets and without what only prints."""
    _, *words = args.parser.prog.split()
    last = getattr(args, LAST, None)
    return " ".join(
        [command(*words), *_options(args, PRINTING), *([f"-- {shlex.join(last)}"] if last else [])]
    )


def _options(args: argparse.Namespace, left_out: frozenset[str]) -> Iterator[str]:
    for action in args.parser._actions:  # noqa: SLF001  # argparse has no public list of them
        hidden = action.help == argparse.SUPPRESS  # a former name
        if hidden or action.dest in left_out | {LAST}:
            continue
        given = getattr(args, action.dest)
        if given == action.default:
            continue
        for value in given if isinstance(given, list) else [given]:
            yield " ".join([*action.option_strings[-1:], *_values(action.dest, value)])


def _values(name: str, value: object) -> list[str]:
    """Return the quoted value of an option; a switch has none."""
    return [] if value is True else [_quoted(name, value)]


def _quoted(name: str, value: object) -> str:
    """Quote the value of an option, or name a variable that has it."""
    if name in QUOTING:
        return QUOTING[name](value)
    text = f"{value:g}" if isinstance(value, float) else str(value)
    is_secret = is_secret_name(name) or (name in URLS and has_secret(text))
    return f'"${name.upper()}"' if is_secret else shlex.quote(text)
