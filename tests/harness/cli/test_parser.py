"""A mistake in the command line says where it is, what was wanted, and what to do."""

import pytest

from streamproof.harness.cli.main import main
from streamproof.harness.cli.program import command
from streamproof.harness.exit_codes import ExitCode


def see(*words: str) -> str:
    """Return the advice to read the help of a command."""
    return f"see `{command(*words, '--help')}`"


MISTAKES = {
    "mok": "unknown command 'mok'; did you mean 'mock'?",
    "zzzzzz": f"unknown command 'zzzzzz'; {see()}",
    "verify rely": "SERVICE: wanted relay or ai, got 'rely'; did you mean 'relay'?",
    "verify": f"missing: SERVICE; {see('verify')}",
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
