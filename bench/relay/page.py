"""Writes what was measured on PostgreSQL into `docs/performance.md`, between two comments."""

from __future__ import annotations

import os
import subprocess
from statistics import median
from typing import TYPE_CHECKING, Final

from bench.mock.page import machine
from bench.relay.workloads import WORKLOADS
from streamproof.harness.reliability.postgres_server import postgres_programs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.mock.measurement import Sample

BEGIN: Final = "<!-- the relay on PostgreSQL -->"
END: Final = "<!-- end of the relay on PostgreSQL -->"
_SECTION: Final = """\
{begin}
Measured by `{command}`, which wrote this part of the page.

{machine}.
Other programs used {foreign:.2f} cores during the measurement (median; at most {most:.2f}).

{workloads}

{report}

{end}"""


def written_into(page: str, samples: Sequence[Sample], report: str, options: str) -> str:
    """Return the page with the part between the comments replaced."""
    above, _, rest = page.partition(BEGIN)
    _, end, below = rest.partition(END)
    if not end:
        raise ValueError(f"docs/performance.md: wanted the comments {BEGIN} and {END}")
    foreign = [sample.foreign for sample in samples]
    names = dict.fromkeys(sample.workload for sample in samples)
    section = _SECTION.format(
        workloads="\n".join(f"- {name}: {WORKLOADS[name].about}." for name in sorted(names)),
        begin=BEGIN,
        command=f"{_priority()}python -m bench.relay {options}",
        machine=", ".join([*machine(), _postgresql()]),
        foreign=median(foreign),
        most=max(foreign),
        report=report,
        end=END,
    )
    return above + section + below


def _priority() -> str:
    """Return the program that gave this process priority over others, if one did."""
    return "chrt -r 1 " if os.sched_getscheduler(0) == os.SCHED_RR else ""


def _postgresql() -> str:
    """Return the name and the version of PostgreSQL."""
    programs = postgres_programs()
    command = [str(programs[0] / "postgres"), "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip().replace("postgres (PostgreSQL)", "PostgreSQL")
