"""The mock AI service of a verification: the scenarios it plays, its requests, and its writes."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial

from streamproof.contracts.loopback import LOOPBACK
from streamproof.contracts.sse import Event
from streamproof.contracts.text import counted, one_line
from streamproof.harness.http.server import AddressOptions, listening
from streamproof.harness.reports.result import Leg, MarkKind, TimelineMark
from streamproof.harness.verify.observation import UpstreamRequest
from streamproof.mock_ai import (
    CannotSteer,
    Clock,
    JournalEntry,
    LiveStream,
    MockAI,
    RequestContext,
    Scenario,
)
from streamproof.mock_ai.control.faults import fault_json
from streamproof.mock_ai.control.timeline import FaultPlaces
from streamproof.mock_ai.faults import Fault
from streamproof.mock_ai.http1.writer import ScheduledWrite
from streamproof.mock_ai.journal.journal import ReplyEnding

SHOWN_BYTES = 200  # of a write, in the timeline
SHOWN_REQUESTS = 3


@dataclass(frozen=True, slots=True)
class HeldReply:
    """A reply that waits for its release, and the events that it has sent so far."""

    sent: tuple[Event, ...]
    release: Callable[[], None]


class VerificationMock:
    """A mock that plays the scenarios offered to it."""

    def __init__(self, clock: Clock | None = None, served: MockAI | None = None) -> None:
        """Use the given clock, by default the mock's own; or a mock that is served already."""
        self._clock = clock
        self._offered: dict[str, Scenario] = {}
        self._mock = served
        self.url = "" if served is None else served.url

    def offer(self, scenario: Scenario) -> None:
        """Let requests select a scenario by its name; a later scenario replaces an earlier one."""
        self._offered[scenario.name] = scenario
        if self._mock is not None:
            self._mock.add(scenario)

    @asynccontextmanager
    async def serve(
        self, port: int = 0, host: str = LOOPBACK, options: AddressOptions | None = None
    ) -> AsyncIterator[str]:
        """Serve while the block runs, and yield the URL; raises as `listening`."""
        mock = MockAI(self._offered.values(), clock=self._clock, host=host, port=port)
        async with listening(_url_of(mock), host, port, options=options) as url:
            self._mock, self.url = mock, url
            yield url

    async def held(self, question: str) -> AsyncIterator[HeldReply]:
        """Yield each reply to this question at each of its holds, as soon as it is held."""
        if self._mock is None:
            raise RuntimeError("the mock must be served first")
        async for stream in self._mock.each_held(question=_mark_of(question)):
            yield HeldReply(tuple(stream.entry.events), partial(_release, stream))

    async def client_left(self, question: str, seconds: float) -> bool:
        """Wait until every request for a question has ended; tell whether a client left early."""
        if self._mock is None:
            raise RuntimeError("the mock must be served first")
        with suppress(TimeoutError):
            await self._mock.wait_for(
                question=_mark_of(question), ended=True, timeout_seconds=seconds
            )
        endings = [entry.ending for entry in self._entries(question)]
        return ReplyEnding.CLIENT_LEFT in endings

    def requests(self, question: str) -> tuple[UpstreamRequest, ...]:
        """Return the requests for this question, oldest first."""
        return tuple(
            UpstreamRequest(
                entry.request.method,
                entry.request.target,
                dict(entry.request.headers),
                entry.request.body,
                entry.context.dialect,
                entry.context.question.question,
                tuple(entry.events),
                str(entry.ending or ""),
                _ended_ms(entry),
            )
            for entry in self._entries(question)
        )

    def other_requests(self) -> list[str]:
        """Return the first requests that came, as `METHOD TARGET`."""
        journal = () if self._mock is None else self._mock.journal
        seen = (f"{one.request.method} {one_line(one.request.target)}" for one in journal)
        return list(dict.fromkeys(seen))[:SHOWN_REQUESTS]

    def context(self, question: str) -> RequestContext | None:
        """Return the context of the latest request for this question, if there was one."""
        entries = self._entries(question)
        return entries[-1].context if entries else None

    def timeline(self, question: str, zero: float) -> tuple[TimelineMark, ...]:
        """Return what was requested and written; times count from `zero` (event loop's time)."""
        return tuple(
            mark
            for number, entry in enumerate(self._entries(question), start=1)
            for mark in journal_marks(entry, number, self._faults(entry), zero * 1000)
        )

    def _faults(self, entry: JournalEntry) -> Sequence[Fault]:
        """Return the faults of the reply that an entry got."""
        scenario = self._offered.get(entry.scenario or "")
        return scenario.replies[scenario.index_for(entry.context)].faults if scenario else ()

    def _entries(self, question: str) -> list[JournalEntry]:
        mark = _mark_of(question)
        journal = () if self._mock is None else self._mock.journal
        return [entry for entry in journal if mark in entry.request.question.question]


@asynccontextmanager
async def _url_of(mock: MockAI) -> AsyncIterator[str]:
    async with mock:
        yield mock.url


def _release(stream: LiveStream) -> None:
    with suppress(CannotSteer):  # the client has left
        stream.release()


def _ended_ms(entry: JournalEntry) -> float | None:
    """Return when a reply ended, in the time of the event loop."""
    if entry.began_ms is None or entry.ended_ms is None:
        return None
    return entry.began_ms + entry.ended_ms


def _mark_of(question: str) -> str:
    """Return the last word, which is unique; a relay may change the rest."""
    return question.rpartition(" ")[2]


def journal_marks(
    entry: JournalEntry, number: int, faults: Sequence[Fault], zero_ms: float
) -> Iterator[TimelineMark]:
    """Yield what a request and its reply are on a timeline; times count from `zero_ms`."""
    request, label = entry.request, f"request {number}"
    received_ms = entry.received_ms - zero_ms
    text = f"{label}: {request.method} {request.target}"
    yield TimelineMark(received_ms, Leg.AI, text, MarkKind.REQUEST, label)
    if entry.began_ms is None:
        return
    began_ms = entry.began_ms - zero_ms
    for write in entry.writes:
        size = len(write.data)
        data = one_line(write.data[:SHOWN_BYTES].decode("utf-8", "replace"))
        label = counted(size, "byte")
        at_ms = began_ms + write.actual_ms
        yield TimelineMark(at_ms, Leg.AI, f"{label} {data}", MarkKind.WRITE, label, size)
    for fault, at_ms in _struck(entry, faults):
        text = f"fault {fault_json(fault)}"
        yield TimelineMark(began_ms + at_ms, Leg.AI, text, MarkKind.FAULT, fault.kind)
    if entry.ending is not None and (ended_ms := _ended_ms(entry)) is not None:
        ending = str(entry.ending)
        yield TimelineMark(ended_ms - zero_ms, Leg.AI, ending, MarkKind.ENDING, ending)


def _struck(entry: JournalEntry, faults: Sequence[Fault]) -> Iterator[tuple[Fault, float]]:
    """Yield each fault with its time; one without a single place strikes from the start on."""
    if not faults:
        return
    made = [ScheduledWrite(write.actual_ms, write.data) for write in entry.writes]
    places = FaultPlaces(made, entry.request.method)
    for fault in faults:
        yield fault, places.time_of(fault) or 0.0
