"""The hash of every plan of the pack, kept in a file; a change of one is a change of the bytes.

`python -m tests.agreement.golden_plans` writes the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.planning.listing import plan_hash
from streamproof.mock_ai.planning.plan import plan
from tests.shipped_files import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamproof.mock_ai.scenario.model import Scenario

FILE: Final = Path(__file__).with_suffix(".txt")
HEAD: Final = (
    "# What the replies of each scenario put on the wire, and when: `streamproof plan NAME`.\n"
    "# Written by `.venv/bin/python -m tests.agreement.golden_plans`.\n"
)


def hashes(scenario: Scenario) -> tuple[str, ...]:
    """Return the hash of each reply of a scenario."""
    return tuple(plan_hash(plan(reply)) for reply in scenario.replies)


def kept() -> dict[str, tuple[str, ...]]:
    """Read the file."""
    lines = [line.split() for line in FILE.read_text("utf-8").splitlines() if line[0] != "#"]
    return {name.removesuffix(":"): tuple(rest) for name, *rest in lines}


def text(scenarios: Mapping[str, Scenario]) -> str:
    """Write the file down."""
    lines = [f"{name}: {' '.join(hashes(scenarios[name]))}\n" for name in sorted(scenarios)]
    return HEAD + "".join(lines)


if __name__ == "__main__":
    FILE.write_text(text(SCENARIOS), "utf-8")
