"""The mock AI service inside the harness: what it plays, what it was asked, when it wrote what."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial

from streamproof.contracts.loopback import LOOPBACK
from streamproof.contracts.sse import Event
from streamproof.contracts.text import counted
from streamproof.harness.http.server import serve
from streamproof.harness.reports.difference import one_line
from streamproof.harness.reports.result import Leg, TimelineMark
from streamproof.harness.verify.observation import UpstreamRequest
from streamproof.mock_ai.app import MOCK, create_app, serving
from streamproof.mock_ai.clock import Clock
from streamproof.mock_ai.http1.reply_reader import ReplyReader
from streamproof.mock_ai.journal.journal import Journal, JournalEntry
from streamproof.mock_ai.library.loading import Library
from streamproof.mock_ai.playing.live import LiveStream, each_held
from streamproof.mock_ai.request.context import RequestContext
from streamproof.mock_ai.scenario.model import Scenario
from streamproof.mock_ai.serving.runs import Runs

SHOWN_BYTES = 200  # of a write, in the timeline


@dataclass(frozen=True, slots=True)
class HeldReply:
    """A reply that waits to be released, and the events that it has sent so far."""

    sent: tuple[Event, ...]
    release: Callable[[], object]


class RequestTimes:
    """Watches a journal: when each request came, and when its reply began (event loop's time)."""

    def __init__(self) -> None:
        """Start empty."""
        self.asked: dict[JournalEntry, float] = {}
        self.replied: dict[JournalEntry, float] = {}

    def began(self, entry: JournalEntry) -> None:
        """Note a request."""
        self.asked[entry] = asyncio.get_running_loop().time()

    def turned(self, entry: JournalEntry) -> None:
        """Note a reply the first time: that is its beginning."""
        self.replied.setdefault(entry, asyncio.get_running_loop().time())

    def wrote(self, entry: JournalEntry, writes: int) -> None:
        """Do nothing: the entry has the times."""

    def ended(self, entry: JournalEntry) -> None:
        """Do nothing likewise."""


@dataclass(slots=True)
class VerificationMock:
    """A mock that plays whatever it was offered."""

    clock: Clock | None = None
    _scenarios: dict[str, Scenario] = field(default_factory=dict)
    _journal: Journal = field(default_factory=Journal)
    _dates: RequestTimes = field(default_factory=RequestTimes)
    _runs: Runs = field(init=False)

    def __post_init__(self) -> None:
        """Watch the journal from the first request on."""
        self._journal.watchers.append(self._dates)

    def offer(self, scenario: Scenario) -> None:
        """Let a scenario be asked for by its name."""
        self._scenarios[scenario.name] = scenario

    def serve(self, port: int = 0, host: str = LOOPBACK) -> AbstractAsyncContextManager[str]:
        """Serve for as long as the block lasts; yields the URL."""
        library = Library(self._scenarios)
        app = create_app(library, clock=self.clock, journal=self._journal)
        self._runs = app[MOCK].runs
        return serve(app, port, host, serving)

    async def held(self, question: str) -> AsyncIterator[HeldReply]:
        """Yield a reply to this question at each of its holds, as soon as it waits there."""

        def streams() -> Iterator[LiveStream]:
            lives = map(self._runs.live, self._entries(question))
            return (live for live in lives if live is not None)

        async for live in each_held(self._journal, streams):
            yield HeldReply(_sent(live.entry), partial(live.holds.release, live.entry))

    def requests(self, question: str) -> tuple[UpstreamRequest, ...]:
        """Return the requests that were made for this question, oldest first."""
        return tuple(
            UpstreamRequest(one.method, one.target, dict(one.headers), one.body)
            for one in (entry.request for entry in self._entries(question))
        )

    def facts(self, question: str) -> RequestContext | None:
        """Return what the latest request for this question said, if there was one."""
        entries = self._entries(question)
        return entries[-1].context if entries else None

    def timeline(self, question: str, zero: float) -> tuple[TimelineMark, ...]:
        """Write down what was asked and written, counted from `zero` (event loop's time)."""
        marks: list[TimelineMark] = []
        for number, entry in enumerate(self._entries(question), start=1):
            asked = self._dates.asked[entry]
            replied = self._dates.replied.get(entry, asked)
            marks += _marks(entry, number, (asked - zero) * 1000, (replied - zero) * 1000)
        return tuple(marks)

    def _entries(self, question: str) -> list[JournalEntry]:
        # The last word is unique; the rest may be what a relay changed.
        mark = question.rpartition(" ")[2]
        return [entry for entry in self._journal if mark in entry.request.question.question]


def _sent(entry: JournalEntry) -> tuple[Event, ...]:
    read = ReplyReader(entry.request.method)
    return tuple(event for write in entry.writes for event in read.feed(write.data))


def _marks(
    entry: JournalEntry, number: int, asked_ms: float, began_ms: float
) -> Iterator[TimelineMark]:
    request = entry.request
    yield TimelineMark(asked_ms, Leg.AI, f"request {number}: {request.method} {request.target}")
    for write in entry.writes:
        text = one_line(write.data[:SHOWN_BYTES].decode("utf-8", "replace"))
        yield TimelineMark(
            began_ms + write.actual_ms, Leg.AI, f"{counted(len(write.data), 'byte')} {text}"
        )
    if entry.ending is not None and entry.ended_ms is not None:
        yield TimelineMark(began_ms + entry.ended_ms, Leg.AI, str(entry.ending))
