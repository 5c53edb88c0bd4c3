"""Runs: what keeps parallel tests apart, each with its own journal, queue, counters and speed.

A run comes into being by use: by the URL prefix `/run/ID`, or by `[run:ID]` anywhere in the
question, since a relay passes the question on but no header of ours. The prefix counts first. The
run without a name has all other requests.
"""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.journal.deliveries import Deliveries
from streamproof.mock_ai.journal.journal import Journal
from streamproof.mock_ai.playing.driver import StreamGroup
from streamproof.mock_ai.playing.write_scheduler import WriteScheduler
from streamproof.mock_ai.serving.matching import Attempts

if TYPE_CHECKING:
    from streamproof.mock_ai.clock import Clock
    from streamproof.mock_ai.journal.journal import JournalEntry
    from streamproof.mock_ai.playing.live import LiveStream
    from streamproof.mock_ai.request.question import Question

RUN_ID: Final = r"[A-Za-z0-9._-]{1,64}"
NO_RUN: Final = ""

MAX_IDLE_RUNS: Final = 256
"""More runs than that are kept only while they have open streams."""

MAX_QUEUED: Final = 1_000
_MAX_REMEMBERED: Final = 1_000
_MAX_COUNTED: Final = 10_000

_OPENING: Final = "[run:"
_TOKEN: Final = re.compile(rf"\s*\[run:({RUN_ID})\]")


def run_in(question: str) -> str:
    """Return the run that a question names, or `NO_RUN`."""
    found = _TOKEN.search(question) if _OPENING in question else None
    return found[1] if found else NO_RUN


def without_run(question: Question) -> Question:
    """Take the tokens out, so that names and rules see what was meant."""
    if _OPENING not in question.question:
        return question
    return replace(question, question=_TOKEN.sub("", question.question).strip())


@dataclass(eq=False)
class Run:
    """What one run has for itself."""

    id: str
    stage: StreamGroup
    attempts: Attempts = field(default_factory=lambda: Attempts(_MAX_COUNTED))
    requests: int = 0
    """How many have come that asked something, since the start or the last reset."""
    active: str | None = None
    """The scenario for every request that names none."""
    queue: deque[str] = field(default_factory=lambda: deque(maxlen=MAX_QUEUED))
    """The scenarios for the next messages that name none, before the active one."""
    _given: OrderedDict[str, str] = field(default_factory=OrderedDict)

    @property
    def journal(self) -> Journal:
        """What was asked and sent in this run."""
        return self.stage.journal

    def standing(self, question: Question) -> str | None:
        """Return the scenario for a request that names none, and take it from the queue.

        Further attempts for the same message get the same scenario, as a relay may retry.
        """
        message = question.message_id
        if message is not None and message in self._given:
            return self._given[message]
        if not self.queue:
            return self.active
        name = self.queue.popleft()
        if message is not None:
            self._given[message] = name
            if len(self._given) > _MAX_REMEMBERED:
                self._given.popitem(last=False)
        return name

    def reset(self) -> None:
        """Forget everything but the streams that are open."""
        self.journal.clear()
        self.attempts = Attempts(_MAX_COUNTED)
        self.requests = 0
        self.active = None
        self.queue.clear()
        self._given.clear()


class Runs:
    """All runs; of those without open streams, the least recently used are forgotten."""

    def __init__(
        self, journal: Journal, clock: Clock, speed: float, max_idle: int = MAX_IDLE_RUNS
    ) -> None:
        self.journal = journal
        """What was asked and sent in all runs."""
        self.clock = clock
        self._wheel = WriteScheduler(clock)
        self.downstream = Deliveries(clock)
        """What came out behind the mock, as far as anybody says."""
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
        """Return the live stream of an entry, if it is one."""
        run = self._runs.get(entry.run)
        return None if run is None else run.stage.live(entry)

    def set_speed(self, speed: float) -> None:
        """Set the speed of every run."""
        for run in self:
            run.stage.speed = speed

    def reset(self) -> None:
        """Start all over, but for the streams that are open."""
        self.journal.clear()
        self.downstream.clear()
        for run in self:
            run.reset()
        self.set_speed(self._first_speed)

    def close(self) -> None:
        """End every reply that is being performed, and those that come."""
        self._closing = True
        for run in self:
            run.stage.close()

    def _new(self, run_id: str) -> Run:
        speed = self.unnamed.stage.speed if run_id else self._first_speed
        stage = StreamGroup(Journal(parent=self.journal), self._wheel, speed, self._closing)
        return Run(run_id, stage)

    def _forget_idle(self) -> None:
        """Make room for one more."""
        idle = [run for run in self if run.id and not run.stage.streams]
        for run in idle[: max(0, len(self._runs) - self._max_idle)]:
            del self._runs[run.id]
