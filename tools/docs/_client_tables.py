"""The tables of the clients of AI providers in `docs/clients.md`, from what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from bench.clients.table import NOT_RUN

if TYPE_CHECKING:
    from bench.clients.measured import Measured, Measurements


def client_tables(measurements: Measurements, links: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of a table for each client; `links` are those of the scenarios, by name."""
    for name, measured in measurements.items():
        versions = [f"{package} {version}" for package, version in measured.versions.items()]
        yield from (f"### {name}", "", f"Measured with {_and(versions)}.", "")
        yield from (*_table(measured, links), "")


def _table(measured: Measured, links: Mapping[str, str]) -> Iterator[str]:
    ways = measured.cells
    yield f"| scenario | {' | '.join(ways)} |"
    yield f"| ---{' | ---' * len(ways)} |"
    names = dict.fromkeys(name for cells in ways.values() for name in cells)
    for name in names:
        if name in links:
            row = [cells.get(name, NOT_RUN) for cells in ways.values()]
            yield f"| {links[name]} | {' | '.join(row)} |"


def _and(words: list[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
