"""A scenario for each row of the table in docs/faults.md on what Chromium shows."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import yaml

from streamproof.mock_ai.faults import CATALOGUE
from streamproof.mock_ai.library.loading import load_scenario
from tools.docs.faults import PAGE, Row, read_rows

if TYPE_CHECKING:
    from streamproof.mock_ai.scenario.model import Scenario

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


@cache
def rows() -> tuple[Row, ...]:
    """Read the table."""
    return tuple(read_rows(PAGE.read_text("utf-8")))


def name_for_chat(row: Row) -> str:
    """Return the name of the scenario for the chat."""
    return f"row-{[one.what for one in rows()].index(row.what)}"


def name_for_readers(row: Row) -> str:
    """Return the name of the scenario that stops a reader that asks again."""
    return f"{name_for_chat(row)}-once"


def scenarios_of(row: Row) -> tuple[Scenario, Scenario]:
    """Build both scenarios of a row."""
    what = yaml.safe_load(row.what)
    broken = STREAM | ({"faults": [what]} if row.key in CATALOGUE else what)
    return (
        _scenario(name_for_chat(row), broken, row.what),
        _scenario(name_for_readers(row), broken | STOPS_RECONNECTING, row.what),
    )


def _scenario(name: str, keys: dict[str, Any], title: str) -> Scenario:
    return load_scenario(yaml.safe_dump({"name": name, "title": title, **keys}))
