"""One scenario that went through a relay, as seen from all sides; what the checks look at."""

from collections.abc import Mapping
from dataclasses import dataclass

from streamproof.contracts.frames import FrameKind, frame_kind
from streamproof.contracts.sse import Event
from streamproof.contracts.transcript import Transcript
from streamproof.contracts.verdict import Report
from streamproof.harness.http.reading import StreamReading
from streamproof.harness.verify.expected_events import judge_plan
from streamproof.harness.verify.stored.rows import StoredView
from streamproof.mock_ai.scenario.expectation import Expectation
from streamproof.mock_ai.scenario.model import Scenario


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """A request that the AI service got for this question."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class HeldBack:
    """At a hold so many frames were due, and fewer had come when it was over."""

    hold: int
    due: int
    seen: int


@dataclass(frozen=True, slots=True)
class Observation:
    """The question, what the AI service was to send, what the browser got, what was stored.

    `judged` is what the frontend contract says about what the browser got.
    """

    scenario: Scenario
    question: str
    reading: StreamReading
    judged: Report
    sent: tuple[Event, ...] = ()
    stored: tuple[StoredView, ...] = ()
    holds: int = 0
    """How many times the AI service waited to be released."""
    held_back: tuple[HeldBack, ...] = ()
    requests: tuple[UpstreamRequest, ...] = ()
    tells_reasons: bool = False

    @property
    def expect(self) -> Expectation | None:
        """What the author of the scenario expects, where it is written down."""
        return self.scenario.expect

    @property
    def upstream(self) -> Report:
        """What the AI service's contract says about the reply that is to be passed on."""
        return judge_plan(self.scenario)

    @property
    def transcript(self) -> Transcript:
        """What the browser got."""
        return self.reading.transcript

    @property
    def frames(self) -> tuple[Event, ...]:
        """The frames that the browser got."""
        return tuple(seen.event for seen in self.transcript.events)

    @property
    def kinds(self) -> tuple[FrameKind, ...]:
        """The kinds of those frames."""
        return tuple(frame_kind(frame) for frame in self.frames)
