"""Write docs/clients.md: `python -m bench.clients [NAME …]`; with names, only print the table."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from bench.clients.clients import CLIENTS, Readings
from bench.clients.errors import Missing
from bench.clients.table import PAGE, standard_events, table
from streamproof.mock_ai.app import create_app, serving
from streamproof.mock_ai.library.loading import load_folder, shipped_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamproof.mock_ai.scenario.model import Scenario


async def run_clients(scenarios: Mapping[str, Scenario]) -> dict[str, Readings]:
    """Run every installed client; print a line for each that is missing."""
    names = {
        name: [event.event for event in standard_events(one)] for name, one in scenarios.items()
    }
    found: dict[str, Readings] = {}
    async with serving(create_app(load_folder(shipped_folder()))) as url:
        for client, run in CLIENTS.items():
            try:
                found[client] = await run(url, names)
            except Missing as error:
                print(f"{client}: {error}", file=sys.stderr)
    return found


def main() -> int:
    """Run the clients and write the page; print the table instead if a client is missing."""
    library = load_folder(shipped_folder())
    chosen = sys.argv[1:] or sorted(library.scenarios)
    scenarios = {name: library.scenarios[name] for name in chosen}
    found = asyncio.run(run_clients(scenarios))
    if sys.argv[1:] or len(found) < len(CLIENTS):
        print(table(scenarios, found))
    else:
        PAGE.write_text(table(scenarios, found), "utf-8")
    return 0 if len(found) == len(CLIENTS) else 1


if __name__ == "__main__":
    sys.exit(main())
