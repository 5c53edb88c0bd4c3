"""Measures the CPU time until a command of streamproof is useful.

`python -m bench.startup` prints the medians of interleaved rounds, user and system time together.
A command counts until it ends, a server until it prints its address.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from statistics import median
from typing import Final

PYTHON: Final = sys.executable
STREAMPROOF: Final = (PYTHON, "-m", "streamproof")
MS_PER_SECOND: Final = 1000
ENVIRONMENT: Final = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
"""A user's Python keeps the bytecode of the modules that it has imported."""


@dataclass(frozen=True, slots=True)
class Start:
    """A command that is started; the goal is in milliseconds above an empty Python program."""

    name: str
    command: tuple[str, ...]
    serves: bool = False
    goal_ms: float | None = None

    def cpu_ms(self) -> float:
        """Start the command once and return its CPU time; a server is killed when it is ready."""
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(
                self.command, stdout=subprocess.PIPE, stderr=errors, env=ENVIRONMENT
            )
            assert process.stdout is not None
            with process.stdout:
                printed = process.stdout.readline() if self.serves else process.stdout.read()
            if self.serves:
                os.kill(process.pid, signal.SIGKILL)  # Popen.kill would collect its exit status
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            errors.seek(0)
            assert (b"http" in printed) if self.serves else process.returncode == 0, errors.read()
        return (used.ru_utime + used.ru_stime) * MS_PER_SECOND


EMPTY: Final = Start("python -c ''", (PYTHON, "-c", ""))
STARTS: Final = (
    EMPTY,
    Start("import streamproof", (PYTHON, "-c", "import streamproof"), goal_ms=30),
    Start("from streamproof import MockAI", (PYTHON, "-c", "from streamproof import MockAI")),
    Start("streamproof --help", (*STREAMPROOF, "--help"), goal_ms=150),
    Start("streamproof scenarios", (*STREAMPROOF, "scenarios"), goal_ms=500),
    Start("streamproof mock", (*STREAMPROOF, "mock", "--port", "0"), serves=True, goal_ms=500),
    Start(
        "streamproof serve",
        (*STREAMPROOF, "serve", "--port", "0", "--mock-port", "0"),
        serves=True,
        goal_ms=700,
    ),
)


@dataclass(frozen=True, slots=True)
class Result:
    """The CPU time of one command over all rounds, in milliseconds."""

    name: str
    median_ms: float
    lowest_ms: float
    highest_ms: float
    above_empty_ms: float
    goal_ms: float | None

    def __str__(self) -> str:
        spread = f"[{self.lowest_ms:.0f} to {self.highest_ms:.0f}]"
        goal = f"  goal {self.goal_ms:g}" if self.goal_ms is not None else ""
        return (
            f"{self.name:<32}{self.median_ms:>6.0f}  {spread:<16}{self.above_empty_ms:>6.0f}{goal}"
        )


def measure(starts: tuple[Start, ...], rounds: int) -> list[Result]:
    """Start every command once in each round; raises AssertionError if one of them fails."""
    found: dict[Start, list[float]] = {start: [] for start in starts}
    for start in starts:
        start.cpu_ms()  # fills the caches of the disk
    for _ in range(rounds):
        for start in starts:
            found[start].append(start.cpu_ms())
    empty = median(found[starts[0]])
    return [
        Result(start.name, median(ms), min(ms), max(ms), median(ms) - empty, start.goal_ms)
        for start, ms in found.items()
    ]


def main() -> int:
    """Measure and print; the exit code does not depend on the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.startup", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="default: 7")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = parser.parse_args()
    results = measure(STARTS, arguments.rounds)
    if arguments.json:
        print(json.dumps([asdict(result) for result in results], indent=2))
        return 0
    print("CPU time in ms: the median, [lowest to highest], and the median above an empty program")
    for result in results:
        print(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
