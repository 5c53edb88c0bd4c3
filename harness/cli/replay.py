"""The command that repeats a single scenario, for reports."""

import argparse
import shlex

# Without the token and the cookie: a report goes to logs that others read.
REPEATED = ("url", "mock_port", "room", "history_url", "scenarios")


def replay_command(args: argparse.Namespace, *words: str) -> str:
    """Write `streamproof WORDS` with the options that say where everything is."""
    command = ["streamproof", *words]
    for option in REPEATED:
        value = getattr(args, option, None)
        if value is not None:
            command += [f"--{option.replace('_', '-')}", str(value)]
    return shlex.join(command)
