"""The tables of the clients of AI providers in `docs/clients.md`, from what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from bench.clients.catalogue import CLIENTS, Client
from bench.clients.matrix import scenarios_for
from bench.clients.table import NOT_RUN

if TYPE_CHECKING:
    from bench.clients.measured import Measurements
    from streamproof.mock_ai.scenario.model import Scenario


def client_tables(
    measurements: Measurements, scenarios: Mapping[str, Scenario], links: Mapping[str, str]
) -> Iterator[str]:
    """Yield the lines of a table for each client; `links` are those of the scenarios, by name."""
    for client in CLIENTS:
        measured = measurements[client.name]
        versions = [f"{package} {version}" for package, version in measured.versions.items()]
        yield from (f"### {client.name}", "", f"Measured with {_and(versions)}.", "")
        yield from (*_table(client, measured.cells, scenarios, links), "")


def _table(
    client: Client,
    cells: Mapping[str, Mapping[str, str]],
    scenarios: Mapping[str, Scenario],
    links: Mapping[str, str],
) -> Iterator[str]:
    """Yield a row for each scenario that the client should be asked for, measured or not."""
    ways = client.ways.values()
    yield f"| scenario | {' | '.join(way.title for way in ways)} |"
    yield f"| ---{' | ---' * len(ways)} |"
    names = dict.fromkeys(name for way in ways for name in scenarios_for(way, scenarios))
    for name in names:
        row = [cells.get(way.title, {}).get(name, NOT_RUN) for way in ways]
        yield f"| {links[name]} | {' | '.join(row)} |"


def _and(words: list[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
