"""Make the table of clients: `python -m bench.clients [NAME …]`; with names it is only printed."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from bench.clients.asking import CLIENTS, Readings
from bench.clients.errors import Missing
from bench.clients.table import PAGE, standard_events, table
from streamproof.mock_ai.app import create_app, serving
from streamproof.mock_ai.library.loading import load_folder, shipped_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamproof.mock_ai.scenario.model import Scenario


async def ask_all(scenarios: Mapping[str, Scenario]) -> dict[str, Readings]:
    """Ask every client that is there, and say which is not."""
    names = {
        name: [event.event for event in standard_events(one)] for name, one in scenarios.items()
    }
    found: dict[str, Readings] = {}
    async with serving(create_app(load_folder(shipped_folder()))) as url:
        for client, ask in CLIENTS.items():
            try:
                found[client] = await ask(url, names)
            except Missing as error:
                print(f"{client}: {error}", file=sys.stderr)
    return found


def main() -> int:
    """Ask, and write the page; without all clients the page stays as it was."""
    library = load_folder(shipped_folder())
    chosen = sys.argv[1:] or sorted(library.scenarios)
    scenarios = {name: library.scenarios[name] for name in chosen}
    found = asyncio.run(ask_all(scenarios))
    if sys.argv[1:] or len(found) < len(CLIENTS):
        print(table(scenarios, found))
    else:
        PAGE.write_text(table(scenarios, found), "utf-8")
    return 0 if len(found) == len(CLIENTS) else 1


if __name__ == "__main__":
    sys.exit(main())
