"""Writes the figures into `docs/performance.md`, below one heading."""

from __future__ import annotations

import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from bench.mock.tools import AIMOCK_PACKAGE, ROOT

if TYPE_CHECKING:
    from bench.mock.results import Results

PAGE: Final = ROOT / "docs" / "performance.md"
HEADING: Final = "## What was measured"

_SECTION: Final = """\
{heading}

Measured by `python -m bench.mock {options}`, which wrote this part of the page.

{machine}.
Other programs used {foreign:.2f} cores during the measurement (median; at most {most:.2f}).
Figures are medians of the quiet rounds, with the minimum and the maximum in brackets.
A goal compares two contenders of the same round.
A busy machine hardly changes CPU and memory figures, but it changes rates and times.

{report}

Not measured: more than one process, TLS, real networks, uvloop, other versions of Python.
"""


def section(results: Results, report: str, options: str) -> str:
    """Return the section of the page with the figures and the machine."""
    foreign = [sample.foreign for sample in results.samples]
    return _SECTION.format(
        heading=HEADING,
        options=options,
        machine=", ".join(_machine()),
        foreign=median(foreign),
        most=max(foreign),
        report=report,
    )


def with_section(page: str, new: str) -> str:
    """Return the page with everything from the heading on replaced by the section."""
    above, _, _ = page.partition(HEADING)
    return above + new


def _machine() -> list[str]:
    """Return the names of the processor and the system, and the versions of the programs."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    models = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    system = f"Linux {platform.release()}"
    python = f"Python {platform.python_version()}"
    programs = [_version("node", "--version"), _version("nginx", "-v")]
    aiohttp = f"aiohttp {version('aiohttp')}"
    found = [f"{len(models)} × {models[0]}" if models else "", system, python, aiohttp, *programs]
    return [name for name in (*found, AIMOCK_PACKAGE) if name]


def _version(program: str, option: str) -> str:
    """Return a program with its version, or an empty text if it is not installed."""
    try:
        done = subprocess.run([program, option], capture_output=True, text=True, timeout=10)
    except OSError:
        return ""
    number = (done.stdout + done.stderr).strip().rpartition("/")[2].removeprefix("v")
    return f"{program} {number}"
