"""The project's own commands as real processes, for tests that need one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

READY_SECONDS = 30
"""How long a server may take to say that it is ready, on a machine that is busy with tests."""


@contextmanager
def serving(command: str, *arguments: str, **environment: str) -> Iterator[str]:
    """Run a serving command on a free port until the block ends; gives its URL."""
    words = [
        sys.executable,
        "-m",
        "streamproof.harness.cli.main",
        command,
        "--port",
        "0",
        "--json",
        *arguments,
    ]
    process = subprocess.Popen(
        words, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
    )
    try:
        yield cast("str", ready_line(process)["url"])
    finally:
        process.terminate()
        process.communicate(timeout=READY_SECONDS)


def ready_line(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Return the JSON line by which a server says that it is ready."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "the process ended before it was ready"
    return cast("dict[str, Any]", json.loads(line))


def output(command: str, *arguments: str, **environment: str) -> str:
    """Run a command that ends, and return what it printed."""
    words = [sys.executable, "-m", "streamproof", command, *arguments]
    done = subprocess.run(
        words, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.strip()
