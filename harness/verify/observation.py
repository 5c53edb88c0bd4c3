"""What was observed of one scenario that went through a relay; the checks look only at this."""

from collections.abc import Mapping
from dataclasses import dataclass

from streamproof.contracts.frames import FrameKind, frame_kind
from streamproof.contracts.sse import Event
from streamproof.contracts.transcript import Transcript
from streamproof.contracts.verdict import Report
from streamproof.harness.http.client import HttpCall
from streamproof.harness.http.reading import StreamReading
from streamproof.harness.verify.stored.rows import StoredView
from streamproof.mock_ai.scenario.expectation import Expectation
from streamproof.mock_ai.scenario.model import Scenario


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """A request of the relay to the AI service for this question."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A hold at which frames were missing: how many were due, and how many the browser had seen."""

    hold: int
    due: int
    seen: int


@dataclass(frozen=True, slots=True)
class Observation:
    """The question, what the AI service was to send, what the browser got, and what was stored."""

    scenario: Scenario
    question: str
    call: HttpCall
    """The request of the browser."""
    reading: StreamReading
    """What the browser got."""
    report: Report
    """The result of the frontend contract on it."""
    upstream: Report
    """The result of the AI service's contract on the reply that is to be passed on."""
    sent: tuple[Event, ...] = ()
    """The events of that reply that the relay should pass on."""
    stored: tuple[StoredView, ...] = ()
    holds: int = 0
    """How many times the AI service waited to be released."""
    held_back: tuple[HeldBack, ...] = ()
    requests: tuple[UpstreamRequest, ...] = ()
    tells_reasons: bool = False
    """Whether the relay uses the reference relay's words for the reason of a failure."""

    @property
    def expect(self) -> Expectation | None:
        """What the scenario expects, if it says so."""
        return self.scenario.expect

    @property
    def expected(self) -> Expectation:
        """What the scenario expects, for checks that apply only if it says so."""
        assert self.scenario.expect is not None  # noqa: S101  # ensured by `applies`
        return self.scenario.expect

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
