"""The shipped scenarios for tests, and what the relay's core makes of a reply without a network."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from streamproof.contracts.frames import FrameKind, frame_kind
from streamproof.contracts.sse import Decoder, Event, SseError, encode
from streamproof.contracts.transcript import Ending
from streamproof.mock_ai.actions import Action, HangUp, Hold, Start, Until
from streamproof.mock_ai.planning.gzip import decoded
from streamproof.mock_ai.planning.plan import plan, planned_chunks
from streamproof.relay.frames import TurnOutcome
from streamproof.relay.lifecycle import Reason
from streamproof.relay.turn import Turn
from tests.shipped_files import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamproof.mock_ai.scenario.expectation import Expectation
    from streamproof.mock_ai.scenario.model import Scenario
    from streamproof.relay.frames import Frame

NAMES: Final = sorted(SCENARIOS)
MAX_ANSWER_BYTES: Final = 8 * 1_048_576

_REASONS: Final = {
    Ending.CLOSED: Reason.truncated,
    Ending.ABORTED: Reason.aborted,
    Ending.OPEN: Reason.idle_timeout,
}
"""Why a turn fails when its reply ends so, without an end event."""


@dataclass(frozen=True, slots=True)
class Wire:
    """What leaves for the attempt that decides: the head, the body, how the connection ends.

    Chunks that are alike take memory once, so a body may be larger than it.
    """

    start: Start
    chunks: tuple[bytes, ...]
    ending: Ending

    @property
    def body(self) -> bytes:
        """The whole body, made anew."""
        return b"".join(self.chunks)

    @property
    def size(self) -> int:
        """How many bytes the body has."""
        return sum(map(len, self.chunks))

    @property
    def is_stream(self) -> bool:
        """Whether the head promises events."""
        types = [value for name, value in self.start.headers if name.lower() == "content-type"]
        essence, _, charset = "".join(types).lower().partition(";")
        return (
            self.start.status == 200
            and essence.strip() == "text/event-stream"
            and charset.strip() in {"", "charset=utf-8"}
        )


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the relay reads, what a browser reads, and how the turn ended."""

    events: tuple[Event, ...]
    frames: tuple[Event, ...]
    outcome: TurnOutcome

    @property
    def kinds(self) -> tuple[FrameKind, ...]:
        """What each frame is."""
        return tuple(frame_kind(frame) for frame in self.frames)

    @property
    def raw(self) -> tuple[str, ...]:
        """The texts of the raw frames."""
        return tuple(f.data for f in self.frames if frame_kind(f) is FrameKind.RAW)


def expected(scenario: Scenario) -> Expectation:
    """Return what a shipped scenario expects; all of them expect something."""
    assert scenario.expect is not None, f"{scenario.name} expects nothing"
    return scenario.expect


@cache
def wire(name: str) -> Wire:
    """Return what the last attempt that the scenario expects gets."""
    scenario = SCENARIOS[name]
    attempt = expected(scenario).stored.attempts
    actions = tuple(decoded(plan(scenario.replies[scenario.reply_index(attempt)])))
    start = actions[0]
    assert isinstance(start, Start)
    return Wire(start, tuple(planned_chunks(actions)), _ending(actions))


def _ending(actions: Iterable[Action]) -> Ending:
    for action in actions:
        if action == Hold(Until.CLIENT_LEAVES):
            return Ending.OPEN
        if isinstance(action, HangUp):
            return Ending.ABORTED
    return Ending.CLOSED


def replay(chunks: Iterable[bytes], ending: Ending) -> Replayed:
    """Put the bytes of a body through decoder, turn and encoder, as the relay does."""
    turn = Turn("turn", max_answer_bytes=MAX_ANSWER_BYTES, log=lambda _note: None)
    frames = [turn.start()]
    events, too_large = _decoded(chunks)
    for event in events:
        frames += turn.receive(event)
    reason = Reason.event_too_large if too_large else _REASONS[ending]
    outcome = turn.complete() if turn.ended else turn.fail(reason)
    return Replayed(tuple(events), _as_read([*frames, outcome.frame]), outcome)


def _decoded(chunks: Iterable[bytes]) -> tuple[list[Event], bool]:
    """Return the events, and whether the next one was too large."""
    decoder = Decoder()
    events: list[Event] = []
    try:
        for chunk in chunks:
            events += decoder.feed(chunk)
    except SseError as error:
        return events + error.events, True
    return events, False


def _as_read(frames: Iterable[Frame]) -> tuple[Event, ...]:
    sent = (encode(frame.data, frame.event, f"turn:{frame.n}") for frame in frames)
    return tuple(Decoder(max_event_bytes=2 * 1_048_576).feed(b"".join(sent)))
