"""Runs: what separates parallel tests, each with its own journal, queue, counters and speed.

A run is created the first time its ID is used: in the URL prefix `/run/ID`, or as `[run:ID]` in
the question, because a relay passes on the question but not headers. The URL has priority. All
other requests belong to the run without an ID.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.journal.deliveries import Deliveries
from streamproof.mock_ai.journal.journal import Journal
from streamproof.mock_ai.playing.driver import StreamGroup
from streamproof.mock_ai.playing.idle import IdleConnections
from streamproof.mock_ai.playing.write_scheduler import WriteScheduler
from streamproof.mock_ai.request.target import RUN_TAG
from streamproof.mock_ai.serving.matching import Attempts

if TYPE_CHECKING:
    from streamproof.mock_ai.clock import Clock
    from streamproof.mock_ai.journal.journal import JournalEntry
    from streamproof.mock_ai.playing.live import LiveStream
    from streamproof.mock_ai.request.context import RequestContext
    from streamproof.mock_ai.request.question import Question
    from streamproof.mock_ai.scenario.summary import ScenarioSummary

NO_RUN: Final = ""

MAX_IDLE_RUNS: Final = 256
"""If there are more runs, only those with open streams stay."""

MAX_QUEUED: Final = 1_000
_MAX_REMEMBERED: Final = 1_000
_MAX_COUNTED: Final = 10_000

_RUN_TAG_START: Final = "[run:"


def run_in(question: str) -> str:
    """Return the run that a question names, or `NO_RUN`."""
    found = RUN_TAG.search(question) if _RUN_TAG_START in question else None
    return found[1] if found else NO_RUN


def without_run(question: Question) -> Question:
    """Remove `[run:ID]` from a question."""
    if _RUN_TAG_START not in question.question:
        return question
    return replace(question, question=RUN_TAG.sub("", question.question).strip())


def _continues(scenario: ScenarioSummary | None, context: RequestContext) -> bool:
    """Tell whether a request is for a later turn of a scenario that answered before."""
    whole = None if scenario is None else scenario.loaded
    return whole is not None and whole.continues(context)


@dataclass(eq=False)
class Run:
    """The state of one run."""

    id: str
    group: StreamGroup
    """Its open streams."""
    attempts: Attempts = field(default_factory=lambda: Attempts(_MAX_COUNTED))
    requests: int = 0
    """How many valid requests came since the start or the last reset."""
    active: str | None = None
    """The scenario for every request that does not name one."""
    queue: deque[str] = field(default_factory=lambda: deque(maxlen=MAX_QUEUED))
    """The scenarios for the next messages; they have priority over the active one."""
    _taken: OrderedDict[tuple[object, ...], str] = field(default_factory=OrderedDict)

    @property
    def journal(self) -> Journal:
        """The requests and replies of this run."""
        return self.group.journal

    def take_selected(
        self, context: RequestContext, scenarios: Mapping[str, ScenarioSummary]
    ) -> str | None:
        """Return the scenario for a request that does not name one; take it from the queue.

        Further attempts for the same message get the same scenario, because a relay may retry. So
        do its later turns, if the scenario has turns.
        """
        message = context.message_key
        taken = self._taken.get(message)
        if taken is not None and (context.repeats or _continues(scenarios.get(taken), context)):
            return taken
        if not self.queue:
            return self.active
        name = self._taken[message] = self.queue.popleft()
        if len(self._taken) > _MAX_REMEMBERED:
            self._taken.popitem(last=False)
        return name

    def reset(self) -> None:
        """Forget everything except the open streams."""
        self.journal.clear()
        self.attempts = Attempts(_MAX_COUNTED)
        self.requests = 0
        self.active = None
        self.queue.clear()
        self._taken.clear()


class Runs:
    """All runs; the least recently used of those without open streams are forgotten."""

    def __init__(
        self, journal: Journal, clock: Clock, speed: float, max_idle: int = MAX_IDLE_RUNS
    ) -> None:
        self.journal = journal
        """The requests and replies of all runs."""
        self.clock = clock
        self.deliveries = Deliveries(clock)
        """The frames that were reported as delivered downstream."""
        self.idle = IdleConnections(clock)
        self._scheduler = WriteScheduler(clock)
        self._first_speed = speed
        self._max_idle = max_idle
        self._closing = False
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self.unnamed = self[NO_RUN]

    def __getitem__(self, run_id: str) -> Run:
        run = self._runs.get(run_id)
        if run is None:
            self._forget_idle()
            run = self._runs[run_id] = self._new(run_id)
        self._runs.move_to_end(run_id)
        return run

    def __iter__(self) -> Iterator[Run]:
        return iter(tuple(self._runs.values()))

    def __len__(self) -> int:
        return len(self._runs)

    def live(self, entry: JournalEntry) -> LiveStream | None:
        """Return the open stream of an entry, if there is one."""
        run = self._runs.get(entry.run)
        return None if run is None else run.group.live(entry)

    def set_speed(self, speed: float) -> None:
        """Set the speed of every run."""
        for run in self:
            run.group.speed = speed

    def reset(self) -> None:
        """Forget everything except the open streams."""
        self.journal.clear()
        self.deliveries.clear()
        for run in self:
            run.reset()
        self.set_speed(self._first_speed)

    def close(self) -> None:
        """End every open stream, and every stream that begins later."""
        self._closing = True
        for run in self:
            run.group.close()

    def _new(self, run_id: str) -> Run:
        speed = self.unnamed.group.speed if run_id else self._first_speed
        journal = Journal(parent=self.journal)
        group = StreamGroup(journal, self._scheduler, self.idle, speed, self._closing)
        return Run(run_id, group)

    def _forget_idle(self) -> None:
        """Make room for one more run."""
        idle = [run for run in self if run.id and not run.group.streams]
        for run in idle[: max(0, len(self._runs) - self._max_idle)]:
            del self._runs[run.id]
