"""A mistake in the command line says where it is, what was wanted, and what to do."""

import argparse
import re
from collections.abc import Iterator, Mapping

import pytest

from streamproof.harness.cli.main import main, whole_parser
from streamproof.harness.cli.program import command
from streamproof.harness.exit_codes import ExitCode


def see(*words: str) -> str:
    """Return the advice to read the help of a command."""
    return f"see `{command(*words, '--help')}`"


MISTAKES = {
    "mok": "unknown command 'mok'; did you mean 'mock'?",
    "zzzzzz": f"unknown command 'zzzzzz'; {see()}",
    "verify rely": "KIND: wanted relay or ai or client, got 'rely'; did you mean 'relay'?",
    "verify": f"missing: KIND; {see('verify')}",
    "mock --prot 1": "unknown option '--prot'; did you mean '--port'?",
    "mock --prot=1": "unknown option '--prot'; did you mean '--port'?",
    "mock --zzzzzz": f"unknown option '--zzzzzz'; {see('mock')}",
    "mock -p 1": f"unknown option '-p'; {see('mock')}",
    "mock word": f"unexpected argument 'word'; {see('mock')}",
    "mock --port": "--port: the value is missing",
    "mock --json=5": "--json: wanted no value, got '5'",
    "mock --port many": "--port: wanted a whole number from 0 to 65535, got 'many'",
    "verify ai": f"missing: --url; {see('verify', 'ai')}",
    "verify ai --ulr http://x": "unknown option '--ulr'; did you mean '--url'?",
    "verify relay --sc x": ("option '--sc' is not complete: wanted one of --scenarios, --scenario"),
    "completion bsh": "shell: wanted bash or zsh or fish, got 'bsh'; did you mean 'bash'?",
    "serve --quiet --json": "--json and --quiet exclude each other: choose one",
}


@pytest.mark.parametrize(("words", "message"), MISTAKES.items(), ids=MISTAKES)
def test_mistake_is_one_line(words, message, capsys):
    assert main(words.split()) == ExitCode.USAGE
    assert capsys.readouterr().err == f"error: {message}\n"


def options_of(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Yield the optional arguments with a value that a help shows, also of subcommands."""
    for action in parser._actions:
        if isinstance(action.choices, Mapping):
            for child in action.choices.values():
                yield from options_of(child)
        elif action.option_strings and action.nargs != 0 and action.help != argparse.SUPPRESS:
            yield action


def test_help_of_every_option_has_its_default():
    without = [
        action.option_strings[-1]
        for action in options_of(whole_parser())
        if not action.required and "(default: " not in str(action.help)
    ]
    assert without == []


@pytest.mark.parametrize("words", [[], ["verify"], ["verify", "relay"], ["mock"], ["doctor"]])
def test_name_is_on_the_line_of_its_help(words, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert main([*words, "--help"]) == ExitCode.OK
    lines = capsys.readouterr().out.splitlines()
    names = [line for line in lines if re.fullmatch(r" {2,4}[a-z]+", line)]
    assert names == []


def test_commands_for_a_first_contact_are_first(capsys):
    main(["--help"])
    shown = re.findall(r"^    ([a-z]+) ", capsys.readouterr().out, re.MULTILINE)
    assert shown[:3] == ["verify", "doctor", "serve"]
