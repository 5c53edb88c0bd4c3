"""`docs/clients.md`: what clients make of the shipped scenarios.

`python -m bench.clients` measures the cells. The cells of the clients of AI providers are in
`bench/clients/measured.json`. A cell of a reader stays as long as its scenario has the number of
events that it was measured with; every other cell says that it was not measured.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from bench.clients import measured
from bench.clients.table import NOT_RUN, standard_events
from tools.docs._client_tables import client_tables
from tools.shipped import shipped_scenarios

if TYPE_CHECKING:
    from streamproof.mock_ai.scenario.model import Scenario

Cells: TypeAlias = Mapping[str, Mapping[str, str]]
"""By reader, then by scenario."""

_HEAD: Final = """\
# What clients make of the scenarios

This page shows what real clients get from the shipped scenarios.
Use it to see which streams break a client, and how it reports them.

The first part has the [clients of AI providers](#clients-of-ai-providers).
The second part has four [readers of SSE](#readers-of-sse).

In a checkout, `./run docs` keeps this page in step with the scenarios.
`.venv/bin/python -m bench.clients` measures the cells of all scenarios, or of those that you name.
It installs the clients, and the Node.js that they need, into `.streamproof/`.
With `--newest` it installs the newest versions, writes nothing, and prints what changed.

## Clients of AI providers

Each client read every scenario in each of its ways: streamed, or *whole*, which is one JSON body.
It had its own settings, so it also retried by its own rules.
Only its time limit for the next bytes was set to two seconds, where it has one.
A scenario with the name of a provider was only for the clients of that dialect.

A cell has two parts: what the client got, and how it ended.

| in the first part | meaning |
| --- | --- |
| text | the text that the client got, also before an error |
| (text) | what the model thinks |
| name `{…}` | a tool call with its arguments |
| [name] | the sources |
| nothing | none of these |

| in the second part | meaning |
| --- | --- |
| a word | the finish reason, in the words of the client |
| no reason | the client reports neither a finish reason nor an error |
| **Name** | the client raised this exception |
| **waits** | the client still waited after ten seconds |

Where *no reason* follows a part of the text, the client takes half an answer for a whole one.

Mistral's clients post to the same path as OpenAI's, so the mock knows them by their `User-Agent`.
`@ai-sdk/mistral` does not name itself there, so it gets OpenAI's dialect.
It gets Mistral's with `?dialect=mistral`, or from a scenario with `dialect: mistral`.

"""

_READERS: Final = f"""\
## Readers of SSE

Each reader read the first reply of every scenario once and did not reconnect.
The column *events* has the number of events that a reader gets that follows the SSE standard.
That number ignores the status and the media type.

The last word of a cell says how reading ended.
A number before it is how many events the reader got, if this differs from the column *events*.
The sign ≠ means that names or data differ.

| word | meaning |
| --- | --- |
| ends | the body ended, and the reader reports no error |
| waits | nothing arrived for two seconds, and the reader was still connected |
| reconnects | the reader would send the request again, after a lost connection or a clean end |
| stops | the browser gave up and does not reconnect |
| {NOT_RUN} | not measured |
| another word | the reader's exception, or the status that it got |

`EventSource` and `aiohttp-sse-client2` reconnect after every clean end, as the SSE standard says.
That is why a stream needs an end event at which the page closes the connection.
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
    readers = headings[1].split(" | ") if headings else []
    cells: dict[str, dict[str, str]] = {reader: {} for reader in readers}
    for name, number, row in _ROW.findall(page):
        if numbers.get(name) == int(number):
            for reader, cell in zip(readers, row.split(" | "), strict=True):
                cells[reader][name] = cell
    return cells


def write(scenarios: Mapping[str, Scenario], numbers: Mapping[str, int], cells: Cells) -> str:
    """Write the page."""
    links = {name: _link(scenario) for name, scenario in scenarios.items()}
    lines = [_HEAD + "\n".join(client_tables(measured.read(), scenarios, links)), _READERS]
    for folder in sorted({_folder(scenario) for scenario in scenarios.values()}):
        lines += [f"### {folder}", "", f"| scenario | events | {' | '.join(cells)} |"]
        lines.append(f"| --- | ---: |{' --- |' * len(cells)}")
        names = sorted(name for name in scenarios if _folder(scenarios[name]) == folder)
        lines += [*(_row(name, links[name], numbers[name], cells) for name in names), ""]
    return "\n".join(lines)


def _row(name: str, link: str, number: int, cells: Cells) -> str:
    row = [of_reader.get(name, NOT_RUN) for of_reader in cells.values()]
    return f"| {link} | {number} | {' | '.join(row)} |"


def _link(scenario: Scenario) -> str:
    return f"[{scenario.name}](../scenarios/{_folder(scenario)}/{scenario.name}.yaml)"


def _folder(scenario: Scenario) -> str:
    return (scenario.path or Path()).parent.name
