"""docs/ci.md has every check, every exit code, and commands that can be run."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamproof.harness.cli.commands import verify
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.verify.checks.catalogue import CUT_CHECKS, RELAY_CHECKS
from streamproof.harness.verify.checks.service import REPLY_CHECKS, REQUEST_CHECKS
from streamproof.harness.verify.gates import CHECKS as GATE_CHECKS
from streamproof.harness.verify.targets.remote import add_relay_arguments

TEXT = (Path(__file__).parents[2] / "docs" / "ci.md").read_text("utf-8")
NOT_FOR_USERS = {ExitCode.PIPE_CLOSED}


def checks() -> Iterator[str]:
    for family in (RELAY_CHECKS, CUT_CHECKS, GATE_CHECKS, REPLY_CHECKS, REQUEST_CHECKS):
        yield from (check.id for check in family)


@pytest.mark.parametrize("check", list(checks()))
def test_every_check_is_described(check):
    assert f"`{check}`" in TEXT


def test_no_check_is_described_that_is_not_there():
    families = {check.partition(".")[0] for check in checks()}
    named = re.findall(r"`([a-z-]+)\.([a-z-]+)`", TEXT)
    assert {f"{family}.{name}" for family, name in named if family in families} <= set(checks())


@pytest.mark.parametrize("code", sorted(set(ExitCode) - NOT_FOR_USERS))
def test_every_exit_code_is_described(code):
    assert re.search(rf"^\| {code} \|", TEXT, re.MULTILINE)


def test_every_option_for_somebodys_relay_is_described():
    parser = argparse.ArgumentParser(add_help=False)
    add_relay_arguments(parser)
    options = [option for action in parser._actions for option in action.option_strings]
    assert [option for option in options if f"`{option}`" not in TEXT] == []


def test_every_command_in_the_page_can_be_parsed():
    parser = argparse.ArgumentParser()
    verify.add_arguments(parser)
    lines = TEXT.replace("\\\n", " ").splitlines()
    for line in (line for line in lines if line.startswith("streamproof verify")):
        words = [word.strip("'\"") for word in re.findall(r"'[^']*'|\"[^\"]*\"|\S+", line)]
        parser.parse_args(words[2:])
