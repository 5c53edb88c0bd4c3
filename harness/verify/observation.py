"""What was observed of one scenario that went through a relay; the checks look only at this."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from streamproof.contracts.frames import FrameKind
from streamproof.contracts.sse import Event
from streamproof.contracts.transcript import Transcript
from streamproof.contracts.verdict import Report
from streamproof.harness.http.client import HttpCall
from streamproof.harness.http.reading import StreamReading
from streamproof.harness.verify.capabilities import OF_THE_REFERENCE
from streamproof.harness.verify.dialects import CHAT
from streamproof.harness.verify.expected_events import ExpectedReply
from streamproof.harness.verify.profiles.profile import Profile, SeenEvent, frames_profile
from streamproof.harness.verify.stored.rows import StoredView
from streamproof.mock_ai.scenario.expectation import Expectation, ExpectedRows
from streamproof.mock_ai.scenario.model import Scenario


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """A request of the relay to the AI service for this question.

    `dialect` and `question` are how the mock reads the request; `events` are those that
    the reply to it sent. `ending` is how the reply ended, and `ended_ms` when, in the time of the
    event loop; None if it had not.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    dialect: str = CHAT
    question: str = ""
    events: tuple[Event, ...] = ()
    ending: str = ""
    ended_ms: float | None = None


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A hold at which something was missing: how much was due, and how much had been seen."""

    hold: int
    due: int
    seen: int
    unit: str = "frame"


@dataclass(frozen=True)
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
    reply: ExpectedReply
    """The reply of the AI service that is to be passed on."""
    profile: Profile = field(default_factory=frames_profile)
    """How the events for the browser read."""
    dialect: str = CHAT
    """The dialect of the AI service."""
    stored: tuple[StoredView, ...] = ()
    waits_ms: tuple[float, ...] = ()
    """For each hold of the AI service, the time until the browser had seen what was sent."""
    held_back: tuple[HeldBack, ...] = ()
    requests: tuple[UpstreamRequest, ...] = ()
    capabilities: frozenset[str] = OF_THE_REFERENCE
    """What the relay declares."""
    url: str = ""
    """The address that was asked, without secrets."""
    ai_url: str = ""
    """The address of the AI service, which no browser must see."""

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
    def expected_verdict(self) -> str | None:
        """The verdict that the scenario expects for the reply of the AI service."""
        return None if self.expect is None else self.expect.verdict

    @property
    def holds(self) -> int:
        """How many times the AI service waited to be released."""
        return len(self.waits_ms)

    @property
    def has_expected_rows(self) -> bool:
        """Whether it is known what is to be stored."""
        return self.expect is not None or self.dialect != CHAT

    @property
    def expected_rows(self) -> ExpectedRows:
        """What is to be stored; outside the chat dialect it follows from the reply."""
        rows = self.expect.stored if self.expect else ExpectedRows("failed", partial="")
        if self.dialect == CHAT:
            return rows
        if self.reply.complete:
            html = rows.html if rows.answer == self.reply.text else ()
            return ExpectedRows(
                "completed", answer=self.reply.text, html=html, sources=rows.sources
            )
        return ExpectedRows("failed", partial=self.reply.text)

    @property
    def upstream(self) -> Report:
        """The result of the AI service's contract on the reply that is to be passed on."""
        return self.reply.report

    @property
    def sent(self) -> tuple[Event, ...]:
        """The events of that reply that the relay should pass on."""
        return self.reply.events

    @property
    def transcript(self) -> Transcript:
        """What the browser got."""
        return self.reading.transcript

    @property
    def is_refused(self) -> bool:
        """Whether the browser got an error status for an answer that failed, as it should."""
        return not self.reply.complete and 400 <= self.transcript.status < 600

    @cached_property
    def frames(self) -> tuple[Event, ...]:
        """The frames that the browser got."""
        return tuple(seen.event for seen in self.transcript.events)

    @cached_property
    def kinds(self) -> tuple[FrameKind, ...]:
        """The kinds of those frames."""
        return tuple(seen.kind for seen in self.meanings)

    @cached_property
    def meanings(self) -> tuple[SeenEvent, ...]:
        """What those frames mean."""
        return tuple(map(self.profile.reader(), self.frames))

    @property
    def text(self) -> str:
        """The text of the answer that the browser got."""
        return "".join(seen.text for seen in self.meanings)
