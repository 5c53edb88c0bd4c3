"""The journal: each request with its reply, what was written and when, and how it ended."""

from __future__ import annotations

import asyncio
from array import array
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeVar

from streamproof.mock_ai.http1.reply_reader import ReplyReader
from streamproof.mock_ai.http1.writer import ScheduledWrite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from streamproof.contracts.sse import Event
    from streamproof.mock_ai.actions import Until
    from streamproof.mock_ai.faults import Fault
    from streamproof.mock_ai.http1.writer import WireAction
    from streamproof.mock_ai.request.context import RequestContext
    from streamproof.mock_ai.request.received import ReceivedRequest
    from streamproof.mock_ai.scenario.model import Reply

MAX_ENTRIES: Final = 1_000
MAX_KEPT_BYTES: Final = 16_777_216
"""Of all requests together; the bytes of replies belong to their scenarios."""

T = TypeVar("T")


class ReplyEnding(StrEnum):
    """How a reply ended."""

    FINISHED = "finished"
    CUT = "cut"
    RESET = "reset"
    CLIENT_LEFT = "client left"
    SERVER_STOPPED = "server stopped"
    DROPPED = "dropped by the control API"
    UNMATCHED = "no scenario"
    UNPLAYABLE = "not for this request"
    REFUSED = "not a valid request"

    @property
    def scripted(self) -> bool:
        """Whether the reply ended as its scenario says."""
        return self in (ReplyEnding.FINISHED, ReplyEnding.CUT, ReplyEnding.RESET)


class SentWrite(NamedTuple):
    """One write: its planned time, its actual time, and its bytes with the framing of HTTP."""

    planned_ms: float
    actual_ms: float
    data: bytes


class Refusal(NamedTuple):
    """The reply to a request that no scenario answers; `at_ms` is by the clock of its run."""

    status: int
    body: Mapping[str, object]
    data: bytes
    at_ms: float


class JournalObserver(Protocol):
    """Gets every change of the journal as it happens; it must be fast."""

    def began(self, entry: JournalEntry) -> None:
        """Handle a new request; its scenario is not chosen yet."""

    def wrote(self, entry: JournalEntry, writes: int) -> None:
        """Handle a number of planned writes that were made together."""

    def state_changed(self, entry: JournalEntry) -> None:
        """Handle a reply that begins, is held, is paused, or continues."""

    def ended(self, entry: JournalEntry) -> None:
        """Handle the end of a reply."""


@dataclass(slots=True, eq=False)
class JournalEntry:
    """One request and its reply; the times of writes count from the start of the reply."""

    context: RequestContext
    scenario: str | None = None
    endpoint: str | None = None
    """The endpoint of a provider that answered, or `upstream`, if no scenario did."""
    run: str = ""
    number: int = 0
    """Which request it is, counted from 1 over all runs."""
    speed: float = 1
    actions: Sequence[WireAction] = ()
    """The planned writes, with the holds between them; it grows while a service replies."""
    more_faults: tuple[Fault, ...] = ()
    """The faults that the request added."""
    reply: Reply | None = None
    """What was chosen to be played, without these faults; its file can have changed since."""
    received_ms: float = 0
    """When the request arrived, on the mock's clock."""
    began_ms: float | None = None
    """When the reply started, on the mock's clock."""
    waits_for: Until | None = None
    """What ends the hold of a reply that is held."""
    ending: ReplyEnding | None = None
    ended_ms: float | None = None
    refusal: Refusal | None = None
    """The reply if no scenario answers."""
    watchers: Sequence[JournalObserver] = ()
    _actual_ms: array[float] = field(default_factory=lambda: array("d"))
    _anchors: list[tuple[int, float]] = field(default_factory=list)

    @property
    def request(self) -> ReceivedRequest:
        """The request."""
        return self.context.request

    @property
    def attempt(self) -> int:
        """Which request for the same message its scenario answered; 0 if no scenario did."""
        return self.context.scenario_attempt

    @property
    def start_ms(self) -> float | None:
        """When the reply started, on the mock's clock; a refusal is written at once."""
        return self.began_ms if self.refusal is None else self.refusal.at_ms

    @property
    def scripted(self) -> bool:
        """Whether the reply ended as its scenario says."""
        return self.ending is not None and self.ending.scripted

    @property
    def written(self) -> int:
        """How many writes were made so far."""
        return len(self._actual_ms)

    @property
    def last_ms(self) -> float | None:
        """When the latest write was made."""
        return self._actual_ms[-1] if self._actual_ms else None

    @property
    def writes(self) -> list[SentWrite]:
        """The writes so far; their bytes are shared with the plan, not copied."""
        planned = (one for one in self.actions if isinstance(one, ScheduledWrite))
        return [
            self.sent(write, index) for index, write in enumerate(islice(planned, self.written))
        ]

    @property
    def events(self) -> list[Event]:
        """The SSE events in the writes so far."""
        reader = ReplyReader(self.request.method)
        return [event for write in self.writes for event in reader.feed(write.data)]

    def sent(self, write: ScheduledWrite, index: int) -> SentWrite:
        """Return a planned write with its actual time; its index counts from 0."""
        planned_ms = write.at_ms / self.speed if self.speed else 0.0
        return SentWrite(self.anchor_ms(index) + planned_ms, self._actual_ms[index], write.data)

    def anchor_ms(self, index: int) -> float:
        """Return the moment from which the time of a write counts; its index counts from 0."""
        place = bisect_right(self._anchors, (index, inf))
        return self._anchors[place - 1][1] if place else 0.0

    def anchored(self, anchor_ms: float) -> None:
        """Note the moment from which the times of the next writes count, after a hold or pause."""
        self._anchors.append((self.written, anchor_ms))

    def wrote(self, actual_ms: float, writes: int = 1) -> None:
        """Note a number of planned writes that were made together."""
        self._actual_ms.append(actual_ms)
        if writes > 1:
            self._actual_ms.extend((actual_ms,) * (writes - 1))
        for watcher in self.watchers:
            watcher.wrote(self, writes)


class Journal:
    """The latest entries, oldest first.

    An entry of a journal with a parent is in both, so no run pushes entries out of another run's
    journal.
    """

    def __init__(
        self,
        max_entries: int = MAX_ENTRIES,
        parent: Journal | None = None,
        *,
        max_kept_bytes: int = MAX_KEPT_BYTES,
    ) -> None:
        self._entries: deque[JournalEntry] = deque()
        self._max_entries = max_entries
        self._max_kept_bytes = max_kept_bytes
        self._kept_bytes = 0
        self._waiting: set[asyncio.Future[None]] = set()
        self._parent = parent
        self.watchers: list[JournalObserver] = [] if parent is None else parent.watchers
        self.latest = 0
        """The number of the latest entry."""

    def __iter__(self) -> Iterator[JournalEntry]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: JournalEntry) -> JournalEntry:
        """Add an entry, in the order in which requests arrive."""
        if self._parent is None:
            entry.number = self.latest + 1
            entry.watchers = self.watchers
            for watcher in self.watchers:
                watcher.began(entry)
        else:
            self._parent.add(entry)
        self.latest = entry.number
        self._entries.append(entry)
        self._kept_bytes += len(entry.request.body)
        while len(self._entries) > self._max_entries or self._kept_bytes > self._max_kept_bytes:
            self._kept_bytes -= len(self._entries.popleft().request.body)
        self._wake()
        return entry

    def end(self, entry: JournalEntry, ending: ReplyEnding, ended_ms: float | None = None) -> None:
        """Note how a reply ended."""
        entry.ending, entry.ended_ms = ending, ended_ms
        for watcher in self.watchers:
            watcher.ended(entry)
        self.changed()

    def state_changed(self, entry: JournalEntry) -> None:
        """Report that a reply begins, is held, is paused, or continues."""
        for watcher in self.watchers:
            watcher.state_changed(entry)
        self.changed()

    def clear(self) -> None:
        """Forget all entries."""
        if self._parent is not None:
            self._parent.forget(set(self._entries))
        self._keep([])
        self._wake()

    def forget(self, entries: set[JournalEntry]) -> None:
        """Forget some entries."""
        self._keep([entry for entry in self._entries if entry not in entries])
        self._wake()

    def _keep(self, entries: list[JournalEntry]) -> None:
        self._entries = deque(entries)
        self._kept_bytes = sum(len(entry.request.body) for entry in entries)

    async def wait_for(self, find: Callable[[Journal], T | None]) -> T:
        """Return what `find` returns, as soon as it is not None; it runs after every change."""
        while (found := find(self)) is None:
            change = asyncio.get_running_loop().create_future()
            self._waiting.add(change)
            try:
                await change
            finally:
                self._waiting.discard(change)
        return found

    def changed(self) -> None:
        """Let every `wait_for` look again, at the parent as well."""
        self._wake()
        if self._parent is not None:
            self._parent.changed()

    def _wake(self) -> None:
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
