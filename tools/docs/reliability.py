"""The generated parts of `docs/reliability.md`: the invariants, the faults, and the figures.

`python -m bench.reliability NAME` measures the figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.reliability import measured
from streamproof.harness.reliability.catalogue import FAULTS, faults_in_a_crowd, faults_on
from streamproof.harness.reliability.fault import DatabaseKind
from tools.docs._blocks import with_blocks
from tools.docs.checks import check_tables, table_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamproof.harness.reliability.fault import TrialFault

CROWD: Final = "crowd"
"""The measurement with many turns in each trial."""
_NAMES: Final = {DatabaseKind.SQLITE: "SQLite", DatabaseKind.POSTGRESQL: "PostgreSQL"}


def generate(page: str) -> str:
    """Return the page with its generated blocks written again."""
    figures = {
        f"reliability figures on {_NAMES[kind]}": _figures(str(kind), faults_on(kind))
        for kind in DatabaseKind
    }
    crowd = faults_in_a_crowd(DatabaseKind.POSTGRESQL)
    figures["reliability figures in a crowd"] = _figures(CROWD, crowd)
    return with_blocks(page, {**check_tables(), "faults": _faults(), **figures}.get)


def _faults() -> str:
    rows = ((str(fault.group), f"`{fault.name}`", fault.what, _tried_on(fault)) for fault in FAULTS)
    return table_of(("where", "fault", "what happens", "tried on"), rows)


def _tried_on(fault: TrialFault) -> str:
    return " and ".join(name for kind, name in _NAMES.items() if kind in fault.databases)


def _figures(name: str, faults: Sequence[TrialFault]) -> str:
    """Return the table of a measurement; `faults` are those of its catalogue."""
    found = measured(name)
    gaps, statuses = found["resumeGapMs"], found["statuses"]
    least, takeovers = [], []
    if name == CROWD:
        least.append(("fewest turns in flight at a fault", str(found["leastInFlight"])))
    if name != DatabaseKind.SQLITE:
        takeovers.append(("turns that another relay took over", str(found["takeovers"])))
    rows = [
        ("command", f"`{found['command']}`"),
        ("day, commit", f"{found['day']}, `{found['commit']}`"),
        ("faults that struck, survived", f"{found['faults']}, {found['survived']}"),
        ("faults of the catalogue among them", f"{found['rows']} of {len(faults)}"),
        ("turns, in flight when the fault struck", f"{found['turns']}, {found['turnsInFlight']}"),
        *least,
        (
            "turns completed, failed, stopped",
            ", ".join(
                str(statuses.get(status, 0)) for status in ("completed", "failed", "stopped")
            ),
        ),
        ("times that a relay was killed by `kill -9`", str(found["kills"])),
        *takeovers,
        ("frames at browsers, reconnections", f"{found['frames']}, {found['returns']}"),
        ("violations of an invariant", str(sum(found["violations"].values()))),
        (
            "from a break to the next frame: p50, p99, max",
            f"{gaps['p50']}, {gaps['p99']}, {gaps['max']} ms",
        ),
        *(
            (f"`{name.partition('/')[2]}`", f"tried at the first {calls} calls")
            for name, calls in found["everyCall"].items()
            if calls
        ),
    ]
    return table_of(("what", "measured"), rows)
