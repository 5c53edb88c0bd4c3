"""The generated parts of `docs/reliability.md`: the invariants, the faults, and the figures.

`python -m bench.reliability` measures the figures and writes `bench/reliability.json`.
"""

from __future__ import annotations

from bench.reliability import measured
from streamproof.harness.reliability.catalogue import FAULTS
from tools.docs._blocks import with_blocks
from tools.docs.checks import check_tables, table_of


def generate(page: str) -> str:
    """Return the page with its generated blocks written again."""
    blocks = {**check_tables(), "faults": _faults(), "reliability figures": _figures()}
    return with_blocks(page, blocks.get)


def _faults() -> str:
    rows = ((str(fault.group), f"`{fault.name}`", fault.what) for fault in FAULTS)
    return table_of(("where", "fault", "what happens"), rows)


def _figures() -> str:
    found = measured()
    gaps, statuses = found["resumeGapMs"], found["statuses"]
    rows = [
        ("command", f"`{found['command']}`"),
        ("day, commit", f"{found['day']}, `{found['commit']}`"),
        ("faults that struck, survived", f"{found['faults']}, {found['survived']}"),
        ("faults of the catalogue among them", f"{found['rows']} of {len(FAULTS)}"),
        ("turns, in flight when the fault struck", f"{found['turns']}, {found['turnsInFlight']}"),
        (
            "turns completed, failed, stopped",
            ", ".join(
                str(statuses.get(status, 0)) for status in ("completed", "failed", "stopped")
            ),
        ),
        ("times that the relay was killed by `kill -9`", str(found["kills"])),
        ("frames at browsers, reconnections", f"{found['frames']}, {found['returns']}"),
        ("violations of an invariant", str(sum(found["violations"].values()))),
        (
            "from a break to the next frame: p50, p99, max",
            f"{gaps['p50']}, {gaps['p99']}, {gaps['max']} ms",
        ),
        *(
            (f"`{name.partition('/')[2]}`", f"tried at each of {calls} calls")
            for name, calls in found["everyCall"].items()
        ),
    ]
    return table_of(("what", "measured"), rows)
