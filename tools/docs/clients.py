"""`docs/clients.md`: what four clients make of every shipped scenario.

`python -m bench.clients` measures the cells. A cell stays as long as its scenario has the number of
events that it was measured with; every other cell says that it was not measured.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from bench.clients.table import NOT_RUN, standard_events
from tools.shipped import shipped_scenarios

if TYPE_CHECKING:
    from streamproof.mock_ai.scenario.model import Scenario

Cells: TypeAlias = Mapping[str, Mapping[str, str]]
"""By client, then by scenario."""

_HEAD: Final = f"""\
# How four clients read the scenarios

This table shows what four real clients do with each shipped scenario.
Use it to see which streams a client cannot read.

Each client read the first reply of every scenario once and did not reconnect.
The column *events* has the number of events that a reader gets that follows the SSE standard.
That number ignores the status and the media type.

The last word of a cell says how reading ended.
A number before it is how many events the client got, if this differs from the column *events*.
The sign ≠ means that names or data differ.

| word | meaning |
| --- | --- |
| ends | the body ended, and the client reports no error |
| waits | nothing arrived for two seconds, and the client was still connected |
| reconnects | the client would send the request again, after a lost connection or a clean end |
| stops | the browser gave up and does not reconnect |
| {NOT_RUN} | not measured |
| another word | the client's exception, or the status that it got |

`EventSource` and `aiohttp-sse-client2` reconnect after every clean end, as the SSE standard says.
That is why a stream needs an end event at which the page closes the connection.

In a checkout, `./run docs` keeps this page in step with the scenarios.
`.venv/bin/python -m bench.clients` measures the cells of all scenarios, or of those that you name.
It installs the clients into `.streamproof/`.
"""

_HEADINGS: Final = re.compile(r"^\| scenario \| events \| (.+) \|$", re.MULTILINE)
_ROW: Final = re.compile(r"^\| \[([\w-]+)\]\(\S+\) \| ([0-9]+) \| (.+) \|$", re.MULTILINE)


def generate(page: str) -> str:
    """Return the page for the scenarios of today, with the cells that still hold."""
    scenarios = shipped_scenarios()
    numbers = count_events(scenarios)
    return write(scenarios, numbers, read_cells(page, numbers))


def count_events(scenarios: Mapping[str, Scenario]) -> dict[str, int]:
    """Return how many events of each scenario a reader gets that follows the SSE standard."""
    return {name: len(standard_events(scenario)) for name, scenario in scenarios.items()}


def read_cells(page: str, numbers: Mapping[str, int]) -> dict[str, dict[str, str]]:
    """Return the cells of a page whose scenario still has the same number of events."""
    headings = _HEADINGS.search(page)
    clients = headings[1].split(" | ") if headings else []
    cells: dict[str, dict[str, str]] = {client: {} for client in clients}
    for name, number, row in _ROW.findall(page):
        if numbers.get(name) == int(number):
            for client, cell in zip(clients, row.split(" | "), strict=True):
                cells[client][name] = cell
    return cells


def write(scenarios: Mapping[str, Scenario], numbers: Mapping[str, int], cells: Cells) -> str:
    """Write the page."""
    lines = [_HEAD]
    for folder in sorted({_folder(scenario) for scenario in scenarios.values()}):
        lines += [f"## {folder}", "", f"| scenario | events | {' | '.join(cells)} |"]
        lines.append(f"| --- | ---: |{' --- |' * len(cells)}")
        names = sorted(name for name in scenarios if _folder(scenarios[name]) == folder)
        lines += [*(_row(name, folder, numbers[name], cells) for name in names), ""]
    return "\n".join(lines)


def _row(name: str, folder: str, number: int, cells: Cells) -> str:
    row = [of_client.get(name, NOT_RUN) for of_client in cells.values()]
    link = f"[{name}](../scenarios/{folder}/{name}.yaml)"
    return f"| {link} | {number} | {' | '.join(row)} |"


def _folder(scenario: Scenario) -> str:
    return (scenario.path or Path()).parent.name
