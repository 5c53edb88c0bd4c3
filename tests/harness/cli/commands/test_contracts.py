"""`streamproof contracts`: the list of the shipped contracts, and their files."""

import pytest

from streamproof.contracts.contract import BUILT_IN, contract_path
from streamproof.harness.cli.main import main
from streamproof.harness.cli.program import command
from streamproof.harness.exit_codes import ExitCode


def test_every_contract_is_listed_with_what_it_is_about(capsys):
    assert main(["contracts"]) == ExitCode.OK
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == list(BUILT_IN)
    assert all(line.endswith(".") for line in lines[1:-1])


@pytest.mark.parametrize("name", ["ai-service", "gemini"])
def test_the_file_of_a_contract_is_printed(name, capsys):
    assert main(["contracts", name]) == ExitCode.OK
    assert capsys.readouterr().out == contract_path(name).read_text("utf-8")
    assert main(["contracts", name, "--path"]) == ExitCode.OK
    assert capsys.readouterr().out == f"{contract_path(name)}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["antropic"], "no contract is named 'antropic'; did you mean 'anthropic'?"),
        (["xyz"], f"; `{command('contracts')}` lists them"),
        (["--path"], "--path needs the NAME of a contract"),
    ],
)
def test_wrong_usage_says_what_to_change(words, said, capsys):
    assert main(["contracts", *words]) == ExitCode.USAGE
    assert said in capsys.readouterr().err
