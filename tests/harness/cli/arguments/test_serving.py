"""The commands that serve declare their address, folders and output alike."""

import argparse
from pathlib import Path

import pytest

from streamproof.harness.cli.arguments.serving import (
    add_address_arguments,
    add_folders_argument,
    add_ready_arguments,
    folders_of,
)
from streamproof.harness.errors import UsageError


def parsed(*words: str) -> argparse.Namespace:
    """Return the arguments of a command that serves."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_address_arguments(parser, 8787)
    add_folders_argument(parser)
    add_ready_arguments(parser, quiet="say little")
    return parser.parse_args(words)


def test_defaults_are_local_and_the_shipped_scenarios():
    args = parsed()
    assert (args.host, args.port, folders_of(args)) == ("127.0.0.1", 8787, [])
    assert (args.quiet, args.json) == (False, False)


def test_folders_are_repeated_and_must_exist(tmp_path):
    found = folders_of(parsed("--scenarios", ".", "--scenarios", str(tmp_path)))
    assert found == [Path(), tmp_path]
    with pytest.raises(UsageError, match="--scenarios: nowhere does not exist"):
        folders_of(parsed("--scenarios", ".", "--scenarios", "nowhere"))
