"""Measure the table of clients: `python -m bench.clients [NAME …]`, all scenarios by default.

The cells go into docs/clients.md when every client is installed; otherwise they are printed.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Final

from bench.clients.clients import CLIENTS, Readings
from bench.clients.errors import Missing
from bench.clients.install import ROOT
from bench.clients.table import cell, standard_events
from streamproof.mock_ai.app import create_app, serving
from tools.docs.clients import Cells, count_events, read_cells, write
from tools.shipped import shipped_library, shipped_scenarios

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamproof.contracts.sse import Event

PAGE: Final = ROOT / "docs" / "clients.md"


async def run_clients(wanted: Mapping[str, tuple[Event, ...]]) -> dict[str, Readings]:
    """Run every installed client; print a line for each that is missing."""
    names = {name: [event.event for event in events] for name, events in wanted.items()}
    found: dict[str, Readings] = {}
    async with serving(create_app(shipped_library())) as url:
        for client, run in CLIENTS.items():
            try:
                found[client] = await run(url, names)
            except Missing as error:
                print(f"{client}: {error}", file=sys.stderr)
    return found


def measured(names: list[str]) -> dict[str, dict[str, str]]:
    """Return the cells of some scenarios, for every installed client."""
    scenarios = shipped_scenarios()
    wanted = {name: standard_events(scenarios[name]) for name in names}
    found = asyncio.run(run_clients(wanted))
    return {
        client: {name: cell(readings.get(name), wanted[name]) for name in names}
        for client, readings in found.items()
    }


def with_kept(kept: Cells, cells: Cells) -> Cells:
    """Add the cells that were not measured now, unless another version measured them."""
    return {client: {**kept.get(client, {}), **of_client} for client, of_client in cells.items()}


def main() -> int:
    """Run the clients and write the page; print the table instead if a client is missing."""
    scenarios = shipped_scenarios()
    names = sys.argv[1:] or sorted(scenarios)
    cells = measured(names)
    if len(cells) < len(CLIENTS):
        chosen = {name: scenarios[name] for name in names}
        print(write(chosen, count_events(chosen), cells))
        return 1
    numbers = count_events(scenarios)
    kept = read_cells(PAGE.read_text("utf-8"), numbers)
    PAGE.write_text(write(scenarios, numbers, with_kept(kept, cells)), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
