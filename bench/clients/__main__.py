"""Measure the tables of clients: `python -m bench.clients [NAME …]`, all scenarios by default.

The cells go into docs/clients.md, those of the clients of AI providers also into measured.json.
With `--newest`, these clients are installed in their newest versions; nothing is written. Every
version and every cell that is another one is printed, and every client that was not measured.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING, Final

from bench.clients import measured
from bench.clients.errors import Missing
from bench.clients.install import ROOT, forget_newest
from bench.clients.matrix import measure
from bench.clients.readers import READERS, Readings
from bench.clients.table import cell, standard_events
from streamproof.mock_ai.app import create_app, serving
from tools.docs.clients import Cells, count_events, read_cells, write
from tools.shipped import shipped_library, shipped_scenarios

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from bench.clients.measured import Measurements
    from streamproof.contracts.sse import Event

PAGE: Final = ROOT / "docs" / "clients.md"


async def run_readers(wanted: Mapping[str, tuple[Event, ...]]) -> dict[str, Readings]:
    """Run every installed reader; print a line for each that is missing."""
    names = {name: [event.event for event in events] for name, events in wanted.items()}
    found: dict[str, Readings] = {}
    async with serving(create_app(shipped_library())) as url:
        for reader, run in READERS.items():
            try:
                found[reader] = await run(url, names)
            except Missing as error:
                print(f"{reader}: {error}", file=sys.stderr)
    return found


def measure_readers(names: Collection[str]) -> dict[str, dict[str, str]]:
    """Return the cells of some scenarios, for every installed reader."""
    scenarios = shipped_scenarios()
    wanted = {name: standard_events(scenarios[name]) for name in names}
    found = asyncio.run(run_readers(wanted))
    return {
        reader: {name: cell(readings.get(name), wanted[name]) for name in names}
        for reader, readings in found.items()
    }


async def run_matrix(names: Collection[str], *, newest: bool) -> Measurements:
    """Ask the clients of AI providers."""
    async with serving(create_app(shipped_library())) as url:
        return await measure(url, shipped_scenarios(), names, newest=newest)


def with_kept(kept: Cells, cells: Cells) -> Cells:
    """Add the cells that were not measured now, and those of readers that are missing."""
    of_readers = {reader: {**kept.get(reader, {}), **cells.get(reader, {})} for reader in READERS}
    return {reader: cells for reader, cells in of_readers.items() if cells}


def main() -> int:
    """Measure, and write the page or print what changed."""
    parser = argparse.ArgumentParser(prog="python -m bench.clients", description=__doc__)
    parser.add_argument("names", metavar="NAME", nargs="*", help="a scenario; default: all")
    parser.add_argument("--newest", action="store_true", help="compare the newest versions")
    options = parser.parse_args()
    scenarios = shipped_scenarios()
    names = options.names or sorted(scenarios)
    if options.newest:
        forget_newest()
        newest = asyncio.run(run_matrix(names, newest=True))
        found = [*measured.changes(measured.read(), newest, names)]
        print("\n".join(found) or "Nothing changed.")
        return 1 if found else 0
    measured.write(
        measured.with_kept(measured.read(), asyncio.run(run_matrix(names, newest=False)))
    )
    numbers = count_events(scenarios)
    kept = read_cells(PAGE.read_text("utf-8"), numbers)
    PAGE.write_text(write(scenarios, numbers, with_kept(kept, measure_readers(names))), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
