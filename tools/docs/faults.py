"""The table of `docs/faults.md` on what Chromium shows.

`tests/browser/test_faults.py` measures the rows, and prints those that should change. The generator
keeps them in the order of the catalogue, and adds a row for a fault that has none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from streamproof.mock_ai.faults import CATALOGUE

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "faults.md"
NOT_MEASURED: Final = "not measured"

_HEAD: Final = """\
| fault or key | `EventSource` | `fetch` | console | demo chat |
| --- | --- | --- | --- | --- |"""


@dataclass(frozen=True, slots=True)
class Row:
    """A fault or a key, as a scenario file has it, and what a browser shows of it."""

    what: str
    event_source: str
    fetch: str
    console: str
    chat: str

    def __str__(self) -> str:
        cells = (f"`{self.what}`", self.event_source, self.fetch, self.console, self.chat)
        return f"| {' | '.join(cells)} |"

    @property
    def key(self) -> str:
        """The kind of fault, or the key of a scenario."""
        return self.what.partition(":")[0].strip("{")


def read_rows(page: str) -> list[Row]:
    """Return the rows of the table."""
    lines = (line for line in _table(page).splitlines() if line.startswith("| `"))
    cells = ([cell.strip() for cell in line.strip("|").split(" | ")] for line in lines)
    return [Row(what.strip("`"), *seen) for what, *seen in cells]


def generate(page: str) -> str:
    """Return the page with the rows in order, and one for every fault."""
    rows = read_rows(page)
    missing = [kind for kind in CATALOGUE if kind not in {row.key for row in rows}]
    rows += [Row(_example(page, kind), *[NOT_MEASURED] * 4) for kind in missing]
    places = {kind: place for place, kind in enumerate(CATALOGUE)}
    rows.sort(key=lambda row: places.get(row.key, len(places)))
    return page.replace(_table(page), "\n".join([_HEAD, *map(str, rows)]))


def _table(page: str) -> str:
    """Return the table of a page; raises ValueError if it has none."""
    _, head, below = page.partition(_HEAD)
    if not head:
        raise ValueError(f"docs/faults.md: wanted a table that begins with\n{_HEAD}")
    return head + below.partition("\n\n")[0]


def _example(page: str, kind: str) -> str:
    """Return the first example of a fault on the page."""
    found = re.search(rf"^- ({kind}: .+)$", page, re.MULTILINE)
    return found[1] if found else f"{kind}: {{}}"
