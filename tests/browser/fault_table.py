"""The table of docs/faults.md about Chromium, and scenarios for each of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from streamproof.mock_ai.faults import CATALOGUE
from streamproof.mock_ai.library.loading import load_scenario

if TYPE_CHECKING:
    from streamproof.mock_ai.scenario.model import Scenario

PAGE: Final = Path(__file__).parents[2] / "docs" / "faults.md"
HEADING: Final = "## What Chromium shows\n"
WHOLE_TEXT: Final = "Based on your company's HR policy,"
STREAM: Final[dict[str, Any]] = yaml.safe_load("""
connection: close  # otherwise Chromium could reuse it, and repeat a request when it breaks
steps:
  - event: {event: message, data: '{"type": "content", "content": "Based on"}', retry: 1}
  - content: [" your", " company's HR policy,"]
  - sources: [{id: doc-123, title: HR Policy, content: Employee handbook section...}]
  - end
""")
STOPS_RECONNECTING: Final[dict[str, Any]] = yaml.safe_load("""
then: [{status: 204, connection: close, steps: []}]
""")


@dataclass(frozen=True, slots=True)
class Row:
    """A fault as scenario files write it, and what a browser shows."""

    number: int
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

    @property
    def name(self) -> str:
        """The name of the scenario for the chat."""
        return f"row-{self.number}"

    @property
    def name_for_readers(self) -> str:
        """The name of the scenario that answers a second request with 204."""
        return f"{self.name}-once"

    def scenarios(self) -> tuple[Scenario, Scenario]:
        """Build both scenarios of this row."""
        what = yaml.safe_load(self.what)
        broken = STREAM | ({"faults": [what]} if self.key in CATALOGUE else what)
        return (
            _scenario(self.name, broken, self.what),
            _scenario(self.name_for_readers, broken | STOPS_RECONNECTING, self.what),
        )


def _scenario(name: str, keys: dict[str, Any], title: str) -> Scenario:
    return load_scenario(yaml.safe_dump({"name": name, "title": title, **keys}))


@cache
def rows() -> tuple[Row, ...]:
    """Read the table."""
    table = PAGE.read_text("utf-8").partition(HEADING)[2].partition("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("| `")]
    cells = ([cell.strip() for cell in line.strip("|").split(" | ")] for line in lines)
    return tuple(Row(n, what.strip("`"), *seen) for n, (what, *seen) in enumerate(cells))
