"""The command that repeats a single scenario, for reports."""

import argparse
import shlex

from streamproof.contracts.loopback import LOOPBACK

# Not the token, the cookie and the database URL, because other people read the logs of reports.
REPEATED = ("url", "mock_port", "mock_host", "room", "history_url", "scenarios")


def replay_command(args: argparse.Namespace, *words: str) -> str:
    """Return `streamproof WORDS` with the options of `args` that a repetition needs."""
    command = ["streamproof", *words]
    for option in REPEATED:
        value = getattr(args, option, None)
        if value not in (None, LOOPBACK):
            command += [f"--{option.replace('_', '-')}", str(value)]
    return shlex.join(command)
