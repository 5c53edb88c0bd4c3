"""The parser of the command line: a mistake says where it is, what was wanted, and what to do."""

import argparse
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NoReturn

from streamproof.contracts.text import did_you_mean, short
from streamproof.harness.cli.program import command
from streamproof.harness.errors import UsageError

COMMAND = "COMMAND"
"""What the help calls the name of a command."""
_NAME = re.compile(r"[\w.-]+")


class _Help(argparse.HelpFormatter):
    """Help with a first column in which every name has room."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28)

    def add_argument(self, action: argparse.Action) -> None:
        """Make room for an argument; argparse forgets the indent of subcommands."""
        super().add_argument(action)
        if isinstance(action.choices, Mapping):
            longest = max(map(len, action.choices)) + 2 * self._indent_increment
            self._action_max_length = max(self._action_max_length, longest + 2)


class Parser(argparse.ArgumentParser):
    """A parser whose mistakes are raised as `UsageError`; `args.parser` is the one of the command.

    Each subcommand has a parser of its own.
    """

    def __init__(self, **options: object) -> None:
        super().__init__(**{"formatter_class": _Help, **options})  # type: ignore[arg-type]  # the options of argparse
        self.set_defaults(parser=self)
        self._given: Sequence[str] = ()

    def parse_args(  # type: ignore[override]  # argparse has overloads for other namespaces
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        """Return the arguments; raises `UsageError` for each mistake."""
        found, unknown = self.parse_known_args(args, namespace)
        if unknown:
            found.parser.error(found.parser.unknown(unknown[0]))
        return found

    def parse_known_args(  # type: ignore[override]  # as `parse_args`
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Return the arguments, and the words that this parser does not know."""
        self._given = list(args or ())
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Raise `UsageError` with the message in the words of streamproof."""
        raise UsageError(self._reworded(message))

    def unknown(self, word: str) -> str:
        """Return that a word is not known, with a similar option or the command for help."""
        if not word.startswith("-"):
            return f"unexpected argument {short(word)}; {self._help()}"
        name = word.partition("=")[0]
        return (
            f"unknown option {short(name)}; {did_you_mean(name, self._options()) or self._help()}"
        )

    def _reworded(self, message: str) -> str:
        for pattern, reword in _REWORDED.items():
            if found := re.fullmatch(pattern, message, re.DOTALL):
                return reword(self, found)
        return message

    def _missing(self, found: re.Match[str]) -> str:
        """Return what is missing, unless a mistyped option explains it."""
        for word in self._given:
            name = word.partition("=")[0]
            if name.startswith("--") and not any(one.startswith(name) for one in self._options()):
                return self.unknown(word)
        return f"missing: {found[1]}; {self._help()}"

    def _options(self) -> Iterator[str]:
        """Yield the options that the help shows."""
        for action in self._actions:
            if action.help != argparse.SUPPRESS:
                yield from action.option_strings

    def _help(self) -> str:
        return f"see `{command(*self.prog.split()[1:], '--help')}`"


def _choice(parser: Parser, found: re.Match[str]) -> str:
    where, got, choices = found.groups()
    known = _NAME.findall(choices)
    advice = did_you_mean(got, known)
    if where == COMMAND:
        return f"unknown command {short(got)}; {advice or parser._help()}"  # noqa: SLF001  # of this module
    return (
        f"{where}: wanted {' or '.join(known)}, got {short(got)}{f'; {advice}' if advice else ''}"
    )


_REWORDED: Mapping[str, Callable[[Parser, re.Match[str]], str]] = {
    r"argument (.+): invalid choice: '(.*)' \(choose from (.*)\)": _choice,
    r"argument (.+): not allowed with argument (.+)": lambda _, found: (
        f"{found[1]} and {found[2]} exclude each other: choose one"
    ),
    r"argument (.+): expected (?:one|at least one) argument": lambda _, found: (
        f"{found[1]}: the value is missing"
    ),
    r"argument (.+): ignored explicit argument '(.*)'": lambda _, found: (
        f"{found[1]}: wanted no value, got {short(found[2])}"
    ),
    r"ambiguous option: (\S+) could match (.+)": lambda _, found: (
        f"option '{found[1]}' is not complete: wanted one of {found[2]}"
    ),
    r"the following arguments are required: (.+)": Parser._missing,  # noqa: SLF001  # as above
    r"argument (\S+): (.+)": lambda _, found: f"{found[1]}: {found[2]}",
}
"""The messages of argparse, and what they become."""
