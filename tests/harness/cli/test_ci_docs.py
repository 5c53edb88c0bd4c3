"""docs/ci.md has every exit code, every option, and commands that can be run."""

import argparse
import re
from pathlib import Path

import pytest

from streamproof.harness.cli.arguments.relay import add_relay_arguments
from streamproof.harness.cli.commands import verify
from streamproof.harness.exit_codes import ExitCode
from tests.harness.cli.options import shown_options

TEXT = (Path(__file__).parents[3] / "docs" / "ci.md").read_text("utf-8")
NOT_FOR_USERS = {ExitCode.PIPE_CLOSED}


@pytest.mark.parametrize("code", sorted(set(ExitCode) - NOT_FOR_USERS))
def test_every_exit_code_is_described(code):
    assert re.search(rf"^\| {code} \|", TEXT, re.MULTILINE)


def test_every_option_of_verify_relay_is_described():
    parser = argparse.ArgumentParser(add_help=False)
    add_relay_arguments(parser)
    assert [option for option in shown_options(parser) if f"`{option}`" not in TEXT] == []


def test_every_command_in_the_page_can_be_parsed():
    parser = argparse.ArgumentParser()
    verify.add_arguments(parser)
    lines = TEXT.replace("\\\n", " ").splitlines()
    for line in (line for line in lines if line.startswith("streamproof verify")):
        words = [word.strip("'\"") for word in re.findall(r"'[^']*'|\"[^\"]*\"|\S+", line)]
        parser.parse_args(words[2:])
