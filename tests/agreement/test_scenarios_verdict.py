"""The contracts judge both legs of every shipped scenario as its author expects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streamproof.contracts.checker import check
from streamproof.contracts.contract import builtin_contract
from streamproof.contracts.sse import Decoder
from streamproof.contracts.transcript import Ending, TimedEvent, Transcript
from tests.agreement.shipped_scenarios import NAMES, expected, replay, wire
from tests.shipped_files import SCENARIOS

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


def test_the_ai_service_is_judged_as_the_author_expects() -> None:
    contract = builtin_contract("ai-service")
    reports = {name: check(transcript(name), contract) for name in NAMES}
    wanted = {name: expected(SCENARIOS[name]).verdict for name in NAMES}
    assert {name: r for name, r in reports.items() if r.verdict != wanted[name]} == {}


def test_the_frames_of_every_scenario_keep_the_contract_of_the_frontend() -> None:
    reports = {name: check(frames_of(name), builtin_contract("frontend")) for name in NAMES}
    assert {name: r for name, r in reports.items() if r.verdict != "completed"} == {}
