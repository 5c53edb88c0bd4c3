"""The table of clients: what a reader by the standard gets, and where each client differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.clients.installing import ROOT
from streamproof.contracts.sse import Decoder, Event
from streamproof.mock_ai.planning.gzip import decoded
from streamproof.mock_ai.planning.plan import plan, planned_chunks

if TYPE_CHECKING:
    from bench.clients.asking import Reading, Readings
    from streamproof.mock_ai.scenario.model import Scenario

PAGE: Final = ROOT / "docs" / "clients.md"
NOT_ASKED: Final = "–"

_HEAD: Final = """\
# What clients make of the scenarios

After this page you can tell which streams your client's reader is at a loss with.

Each client read the first reply of every shipped scenario, once, and did not come back.
*Events* is how many a reader by the standard gets, whatever status and type say.
A cell says how reading ended.
Before that it has the number of events where it is another one, and ≠ where names or data differ.

| word | means |
| --- | --- |
| ends | the body was over, and the client says so without an error |
| waits | nothing more came for two seconds, and the client was still there |
| comes back | the client lost the connection, or takes a clean end for that, and would ask again |
| stops | the browser gave up for good |
| another word | the client's exception, or the status that it was told |

`EventSource` and `aiohttp-sse-client2` come back after every clean end, as their standard says.
That is why a stream needs an end event on which the page closes.

Made by `.venv/bin/python -m bench.clients`, which installs the clients into `.streamproof/`.
"""


def standard_events(scenario: Scenario) -> tuple[Event, ...]:
    """Return what a reader by the standard gets of the first reply, without a limit on size."""
    room = 1 << 40
    decoder = Decoder(max_event_bytes=room, max_line_bytes=room)
    chunks = planned_chunks(decoded(plan(scenario.replies[0])))
    return tuple(event for chunk in chunks for event in decoder.feed(chunk))


def cell(reading: Reading | None, wanted: Sequence[Event]) -> str:
    """Say in a few words what a client made of a scenario."""
    if reading is None:
        return NOT_ASKED
    got = [(event.event, event.data) for event in reading.events]
    if got == [(event.event, event.data) for event in wanted]:
        return reading.ending
    number = "" if len(got) == len(wanted) else f"{len(got)}, "
    same = got == [(event.event, event.data) for event in wanted[: len(got)]]
    return f"{number}{'' if same else '≠, '}{reading.ending}"


def table(scenarios: Mapping[str, Scenario], clients: Mapping[str, Readings]) -> str:
    """Write the page."""
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
