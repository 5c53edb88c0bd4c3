"""The table of clients: the events of a standard reader, and how each client differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.clients.install import ROOT
from streamproof.contracts.sse import Decoder, Event
from streamproof.mock_ai.planning.gzip import decoded
from streamproof.mock_ai.planning.plan import plan, planned_chunks

if TYPE_CHECKING:
    from bench.clients.clients import Reading, Readings
    from streamproof.mock_ai.scenario.model import Scenario

PAGE: Final = ROOT / "docs" / "clients.md"
NOT_RUN: Final = "–"

_HEAD: Final = """\
# How four clients read the scenarios

This table shows what four real clients do with each shipped scenario.
Use it to see which streams a client cannot read.

Each client read the first reply of every scenario once and did not reconnect.
The column *events* has the number of events that a reader by the standard gets.
That number ignores the status and the media type.

A cell says how reading ended.
Before that, a number means that the client got another number of events.
The sign ≠ means that names or data differ.

| word | meaning |
| --- | --- |
| ends | the body ended, and the client reports no error |
| waits | nothing arrived for two seconds, and the client was still connected |
| reconnects | the client would send the request again, after a lost connection or a clean end |
| stops | the browser gave up and does not reconnect |
| another word | the client's exception, or the status that it got |

`EventSource` and `aiohttp-sse-client2` reconnect after every clean end, as their standard says.
That is why a stream needs an end event on which the page closes.

`.venv/bin/python -m bench.clients` measures again and writes this page, in a checkout.
It installs the clients into `.streamproof/`.
"""


def standard_events(scenario: Scenario) -> tuple[Event, ...]:
    """Return the events that a standard reader without size limits gets from the first reply."""
    unlimited = 1 << 40
    decoder = Decoder(max_event_bytes=unlimited, max_line_bytes=unlimited)
    chunks = planned_chunks(decoded(plan(scenario.replies[0])))
    return tuple(event for chunk in chunks for event in decoder.feed(chunk))


def cell(reading: Reading | None, wanted: Sequence[Event]) -> str:
    """Return the cell of a client: how it read a scenario, in a few words."""
    if reading is None:
        return NOT_RUN
    got = [(event.event, event.data) for event in reading.events]
    if got == [(event.event, event.data) for event in wanted]:
        return reading.ending
    number = "" if len(got) == len(wanted) else f"{len(got)}, "
    same = got == [(event.event, event.data) for event in wanted[: len(got)]]
    return f"{number}{'' if same else '≠, '}{reading.ending}"


def table(scenarios: Mapping[str, Scenario], clients: Mapping[str, Readings]) -> str:
    """Return the text of the page."""
    lines = [_HEAD]
    for folder in sorted({_folder(scenario) for scenario in scenarios.values()}):
        lines += [f"## {folder}", "", f"| scenario | events | {' | '.join(clients)} |"]
        lines.append(f"| --- | ---: |{' --- |' * len(clients)}")
        lines += [*_rows(folder, scenarios, clients), ""]
    return "\n".join(lines)


def _rows(
    folder: str, scenarios: Mapping[str, Scenario], clients: Mapping[str, Readings]
) -> Iterator[str]:
    for name in sorted(scenarios):
        if _folder(scenarios[name]) == folder:
            wanted = standard_events(scenarios[name])
            cells = [cell(readings.get(name), wanted) for readings in clients.values()]
            link = f"[{name}](../scenarios/{folder}/{name}.yaml)"
            yield f"| {link} | {len(wanted)} | {' | '.join(cells)} |"


def _folder(scenario: Scenario) -> str:
    return (scenario.path or Path()).parent.name
