"""The commands that streamproof prints, as a user pastes them into a shell."""

import os
import shlex
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def program() -> str:
    """Return the program that runs these commands: `./run` in a checkout, else `streamproof`."""
    if Path(sys.prefix) != CHECKOUT / ".venv":
        return "streamproof"
    path = os.path.relpath(CHECKOUT / "run")
    return shlex.quote(path if os.sep in path else f".{os.sep}{path}")


def command(*words: str) -> str:
    """Return a command with its words quoted for a shell."""
    return f"{program()} {shlex.join(words)}"
