"""Asks every client of AI providers for the scenarios of the matrix."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final

from bench.clients.catalogue import CLIENTS, Client, Way
from bench.clients.errors import Missing
from bench.clients.install import NEWEST, versions
from bench.clients.measured import Measured, Measurements
from bench.clients.run import PATIENCE_SECONDS, installed, run_program
from streamproof.harness.verify.scenario_cases import group_of, written_for

if TYPE_CHECKING:
    from streamproof.mock_ai.scenario.model import Scenario

CLIENTS_AT_ONCE: Final = 10
"""Most of the time they wait."""

_NEUTRAL: Final = "dialects"
_FOREIGN: Final = "foreign"
_DIALECTS_READ: Final[Mapping[str, Collection[str]]] = {"mistral": ("mistral", "openai-chat")}
"""Clients of Mistral also meet services that answer as OpenAI does."""


def scenarios_for(way: Way, scenarios: Mapping[str, Scenario]) -> list[str]:
    """Return what a client is asked for in one way: the neutral scenarios, then its dialect's."""
    dialects = _DIALECTS_READ.get(way.dialect, (way.dialect,))
    found = _in_folder(_NEUTRAL, scenarios)
    if way.title.endswith("whole"):
        return found  # one JSON body has no place for verbatim steps
    foreign = _in_folder(_FOREIGN, scenarios)
    of_dialect = [name for name in foreign if written_for(scenarios[name]) in dialects]
    return [*found, *of_dialect]


def _in_folder(folder: str, scenarios: Mapping[str, Scenario]) -> list[str]:
    return sorted(name for name, scenario in scenarios.items() if group_of(scenario) == folder)


async def measure(
    url: str, scenarios: Mapping[str, Scenario], names: Collection[str], *, newest: bool
) -> Measurements:
    """Ask every client that can be installed; print a line for each that is missing."""
    at_once = asyncio.Semaphore(CLIENTS_AT_ONCE)

    async def measured(client: Client) -> Measured | None:
        async with at_once:
            try:
                return await _measure(client, url, scenarios, names, newest=newest)
            except Missing as error:
                print(f"{client.name}: {error}", file=sys.stderr)
                return None

    found = await asyncio.gather(*map(measured, CLIENTS))
    pairs = zip(CLIENTS, found, strict=True)
    return {client.name: one for client, one in pairs if one is not None}


async def _measure(
    client: Client,
    url: str,
    scenarios: Mapping[str, Scenario],
    names: Collection[str],
    *,
    newest: bool,
) -> Measured:
    packages = dict.fromkeys(client.packages, NEWEST) if newest else client.packages
    program = await asyncio.to_thread(installed, client.program, packages)
    in_node = client.program.endswith(".mjs")
    cells: dict[str, dict[str, str]] = {}
    for key, way in client.ways.items():
        wanted = [name for name in scenarios_for(way, scenarios) if name in names]
        # Each way has a run of its own, so that it makes the first attempt.
        run = re.sub(r"\W+", "-", f"{client.name} {key}").strip("-")
        lines = await run_program(program, key, f"{url}/run/{run}", str(PATIENCE_SECONDS), *wanted)
        cells[way.title] = {str(line["name"]): reply_cell(line) for line in lines}
    return Measured(versions(packages, in_node=in_node), cells)


def reply_cell(got: Mapping[str, object]) -> str:
    """Return what a client got, and how it ended: a reason, or an exception in bold."""
    thought = f"({got['reasoning']})" if got["reasoning"] else ""
    calls = got["tool_calls"]
    sources = got["sources"]
    assert isinstance(calls, list)
    assert isinstance(sources, list)
    named = f"[{', '.join(map(str, sources))}]" if sources else ""
    called = [f"{name} `{arguments}`" if arguments else name for name, arguments in calls]
    text = f"{got['text']}{got['refusal']}".replace("`", "\\`").replace("\n", "\\n")
    said = [thought, text, *called, named]
    ending = f"**{got['error']}**" if got["error"] else str(got["finish"] or "no reason")
    return f"{' '.join(filter(None, said)) or 'nothing'} · {ending}".replace("|", "\\|")
