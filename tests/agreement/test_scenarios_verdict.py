"""The contracts judge both legs of every shipped scenario as its author expects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from streamproof.contracts.checker import check
from streamproof.contracts.contract import builtin_contract
from streamproof.contracts.sse import Decoder
from streamproof.contracts.transcript import Ending, TimedEvent, Transcript
from tests.agreement.shipped_scenarios import NAMES, expected, replay, wire
from tests.shipped_files import LONG, SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from streamproof.contracts.sse import Event

ROOM_BYTES: Final = 8 * 1_048_576  # to show the checker the event that is too large


def transcript(name: str) -> Transcript:
    """Return what a reader who takes everything sees of a scenario."""
    seen = wire(name)
    decoder = Decoder(max_event_bytes=ROOM_BYTES, max_line_bytes=ROOM_BYTES)
    events = [event for chunk in seen.chunks for event in decoder.feed(chunk)]
    return written_down(events, seen.start.status, dict(seen.start.headers), seen.ending)


def written_down(
    events: Iterable[Event], status: int, headers: Mapping[str, str], ending: Ending
) -> Transcript:
    """Return a transcript in which everything happens at once."""
    lower = {key.lower(): value for key, value in headers.items()}
    return Transcript(status, lower, tuple(TimedEvent(0.0, event) for event in events), ending, 0.0)


def frames_of(name: str) -> Transcript:
    """Return what a browser sees of a scenario."""
    frames = replay(wire(name).chunks, wire(name).ending).frames
    headers = {"content-type": "text/event-stream; charset=utf-8"}
    return written_down(frames, 200, headers, Ending.CLOSED)


SHORT_AND_LONG: Final = pytest.mark.parametrize(
    "names",
    [
        pytest.param([name for name in NAMES if name not in LONG], id="short"),
        pytest.param(sorted(LONG), id="long", marks=pytest.mark.prove),
    ],
)


@SHORT_AND_LONG
def test_the_ai_service_is_judged_as_the_author_expects(names: list[str]) -> None:
    contract = builtin_contract("ai-service")
    reports = {name: check(transcript(name), contract) for name in names}
    wanted = {name: expected(SCENARIOS[name]).verdict for name in names}
    assert {name: r for name, r in reports.items() if r.verdict != wanted[name]} == {}


@SHORT_AND_LONG
def test_the_frames_of_every_scenario_keep_the_contract_of_the_frontend(names: list[str]) -> None:
    reports = {name: check(frames_of(name), builtin_contract("frontend")) for name in names}
    assert {name: r for name, r in reports.items() if r.verdict != "completed"} == {}
