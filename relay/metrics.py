"""What `GET /metrics` counts: plain numbers, changed only by the thread of the event loop.

So counting costs no lock. The library that words them for Prometheus reads them at a scrape, and is
imported by the first one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from time import perf_counter
from typing import TYPE_CHECKING, Final

from streamproof.relay.lifecycle import TurnStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamproof.relay.frames import FrameBatch, TurnOutcome

FIRST_TOKEN_SECONDS: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
LATENCY_SECONDS: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1.0)
FLUSH_SECONDS: Final = (0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.1, 1.0, 5.0)
FLUSH_SIZE: Final = (1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 1000.0)


class Histogram:
    """Counts values up to each bound, and those above the last one."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


class Metrics:
    """The numbers of one relay since its start."""

    def __init__(self, seconds: Callable[[], float] = perf_counter) -> None:
        self._seconds = seconds
        self.ended = Counter[tuple[str, str]]()
        """The ended turns by status and reason; a completed one has no reason."""
        self.first_token = Histogram(FIRST_TOKEN_SECONDS)
        self.latency = Histogram(LATENCY_SECONDS)
        self.flush_seconds = Histogram(FLUSH_SECONDS)
        self.flush_size = Histogram(FLUSH_SIZE)
        self.leases = 0
        """The running turns of this relay in a database that several relays share."""
        self.takeovers = 0
        """The turns that this relay took over."""
        self._waiting: dict[str, float] = {}
        """When each turn without a token began."""
        self._running = set[str]()

    @property
    def running(self) -> int:
        """The number of running turns."""
        return len(self._running)

    def began(self, turn_id: str) -> None:
        """Count a turn that begins."""
        self._running.add(turn_id)
        self._waiting[turn_id] = self._seconds()

    def arrived(self, batch: FrameBatch) -> None:
        """Note that the frames of one read from the AI service have arrived."""
        batch.arrived_at = now = self._seconds()
        if self._waiting and (began := self._waiting.pop(batch.turn_id, None)) is not None:
            self.first_token.add(now - began)

    def shown(self, batch: FrameBatch) -> None:
        """Measure the latency of frames that a browser gets as soon as they are committed."""
        if batch.arrived_at is not None:
            self.latency.add(self._seconds() - batch.arrived_at)

    def ended_as(self, turn_id: str, outcome: TurnOutcome) -> None:
        """Count the end of a turn."""
        self.forget(turn_id)
        reason = "" if outcome.status is TurnStatus.completed else str(outcome.reason or "")
        self.ended[str(outcome.status), reason] += 1

    def forget(self, turn_id: str) -> None:
        """Note that a turn does not run any more."""
        self._running.discard(turn_id)
        self._waiting.pop(turn_id, None)

    def flushed(self, size: int, seconds: float) -> None:
        """Count a commit of some units of work, and its duration."""
        self.flush_size.add(size)
        self.flush_seconds.add(seconds)
