"""Writes the figures into `docs/performance.md`, below one heading."""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from bench.mock.tools import AIMOCK_PACKAGE, ROOT

if TYPE_CHECKING:
    from bench.mock.results import Results

PAGE: Final = ROOT / "docs" / "performance.md"
HEADING: Final = "## What was measured"

_FACTS: Final = re.compile(r"^<!-- measured: (.+) -->$", re.MULTILINE)
_BEGIN: Final = "<!-- figures -->\n\n"
_END: Final = "\n\n<!-- end of figures -->"

_SECTION: Final = """\
{heading}

<!-- measured: {facts} -->
Measured by `python -m bench.mock {options}`, which wrote this part of the page.

{machine}.
Other programs used {foreign:.2f} cores during the measurement (median; at most {most:.2f}).
Figures are medians of the quiet rounds, with the minimum and the maximum in brackets.
A goal compares two contenders of the same round.
A busy machine hardly changes CPU and memory figures, but it changes rates and times.

{begin}{tables}{end}

Not measured: more than one process, TLS, real networks, uvloop, other versions of Python.
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a measurement brings to the page; the facts are kept there in a comment."""

    options: str
    """The options of the command."""
    machine: str
    foreign: float
    """How many cores other programs used, as a median over the samples."""
    most: float
    """How many cores other programs used at most."""
    tables: str

    @classmethod
    def of(cls, results: Results, tables: str, options: str) -> Figures:
        """Return the figures of a measurement on this machine."""
        foreign = [sample.foreign for sample in results.samples]
        return cls(options, ", ".join(machine()), median(foreign), max(foreign), tables)

    @classmethod
    def read(cls, page: str) -> Figures:
        """Return the figures of the page; raises ValueError if it has none."""
        facts = _FACTS.search(page)
        _, begin, rest = page.partition(_BEGIN)
        tables, end, _ = rest.partition(_END)
        if not (facts and begin and end):
            raise ValueError("docs/performance.md: wanted the comments around the figures")
        return cls(**json.loads(facts[1]), tables=tables)

    def written_into(self, page: str) -> str:
        """Return the page with its last part replaced."""
        facts = asdict(self)
        del facts["tables"]
        above, _, _ = page.partition(HEADING)
        return above + _SECTION.format(
            heading=HEADING,
            facts=json.dumps(facts, ensure_ascii=False),
            begin=_BEGIN,
            end=_END,
            **asdict(self),
        )


def machine() -> list[str]:
    """Return the names of the processor and the system, and the versions of the programs."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    models = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    system = f"Linux {platform.release()}"
    python = f"Python {platform.python_version()}"
    if sys.base_prefix == "/usr":
        python = f"the system's {python}"
    programs = [version_of("node", "--version"), version_of("nginx", "-v")]
    aiohttp = f"aiohttp {version('aiohttp')}"
    found = [f"{len(models)} × {models[0]}" if models else "", system, python, aiohttp, *programs]
    return [name for name in (*found, AIMOCK_PACKAGE) if name]


def version_of(program: str, option: str) -> str:
    """Return a program with its version, or an empty text if it is not installed."""
    try:
        done = subprocess.run([program, option], capture_output=True, text=True, timeout=10)
    except OSError:
        return ""
    number = (done.stdout + done.stderr).strip().rpartition("/")[2].removeprefix("v")
    return f"{program} {number}"
