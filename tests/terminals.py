"""A command with a terminal, as a person uses it."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress


def answered_in_a_terminal(
    command: Sequence[str], answers: Sequence[str], environment: Mapping[str, str]
) -> str:
    """Type answers, one line each, into a command; return what the terminal shows."""
    ours, theirs = pty.openpty()
    shown = b""
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, close_fds=True
    ):
        os.close(theirs)
        os.write(ours, "".join(f"{one}\n" for one in answers).encode())
        with suppress(OSError):  # the end of a terminal, on Linux
            while data := os.read(ours, 65_536):
                shown += data
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")
