"""Run the tests under coverage.py and list what never ran, worst file first (`./run coverage`).

Every Python process that a test starts is measured, unless it is killed with SIGKILL. The result
judges nothing: the exit code is 0 as soon as there is a report, even when tests have failed.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence


def coverage(*words: str) -> int:
    """Run a command of coverage.py and return its exit code."""
    return subprocess.run([sys.executable, "-m", "coverage", *words], check=False).returncode


def main(pytest_arguments: Sequence[str]) -> int:
    """Run the tests with these arguments, then print the report."""
    coverage("erase")
    coverage("run", "-m", "pytest", *pytest_arguments)
    return coverage("combine", "--quiet") or coverage("report")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
