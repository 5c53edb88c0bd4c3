"""The timeline of the case of a scenario: what the mock wrote, and what the browser saw."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

from streamproof.contracts.sse import Event
from streamproof.contracts.text import one_line
from streamproof.harness.http.reading import StreamReading
from streamproof.harness.reports.marks import event_mark, no_answer_mark, reading_marks
from streamproof.harness.reports.result import Leg, MarkKind, TimelineMark
from streamproof.harness.verify.mock import VerificationMock
from streamproof.harness.verify.profiles.profile import Profile


@dataclass(slots=True)
class CaseTimeline:
    """What has happened so far in a case; `began` is the event loop's time of the question."""

    mock: VerificationMock
    profile: Profile
    question: str = ""
    began: float = 0.0
    reading: StreamReading | None = None
    """The stream, once it has ended."""
    _seen: list[tuple[float, Event]] = field(default_factory=list)
    """What the browser has seen before, each event with its time."""

    def begin(self, question: str) -> None:
        """Note that the case asks a question."""
        self.question, self.began, self.reading, self._seen = question, _now(), None, []

    def see(self, event: Event) -> None:
        """Note that an event has arrived."""
        self._seen.append((_now(), event))

    def marks(self) -> tuple[TimelineMark, ...]:
        """Return both legs; the times count from the request of the browser."""
        if not self.question:
            return ()
        zero = self.began if self.reading is None else self.reading.started
        asks = f"asks {one_line(self.question)}"
        request = TimelineMark(0.0, Leg.BROWSER, asks, MarkKind.REQUEST, "asks")
        return (*self.mock.timeline(self.question, zero), request, *self._stream())

    def _stream(self) -> Iterator[TimelineMark]:
        def kind(event: Event) -> str:
            return self.profile.read(event).kind

        if self.reading is not None:
            yield from reading_marks(self.reading, Leg.BROWSER, kind)
            return
        for number, (at, event) in enumerate(self._seen, start=1):
            since_ms = (at - self.began) * 1000
            yield event_mark(since_ms, Leg.BROWSER, number, event, kind(event))

    def until_no_answer(self, problem: str) -> tuple[TimelineMark, ...]:
        """Return both legs, and at the end that the relay does not answer."""
        since_ms = (_now() - self.began) * 1000 if self.question else 0.0
        return (*self.marks(), no_answer_mark(since_ms, problem))


def _now() -> float:
    return asyncio.get_running_loop().time()
