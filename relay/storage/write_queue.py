"""The units of work that wait for the thread that writes, and which of them share a transaction.

A unit with many bytes, such as the end of a turn with a long answer, holds the write lock for some
tens of milliseconds. It gets a transaction of its own, and after it the small units come first. So
a small one waits for at most one such unit, however many there are. What needs much of
the processor or of the disk, such as a checkpoint, does not run at the same time: the unit would
hold the lock for longer. Such work and the large units take turns too, so each waits for at most
one of the other kind.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

    from streamproof.relay.storage.transaction import WriteUnit

T = TypeVar("T")

LARGE_BYTES: Final = 262_144
"""A unit that writes more has its own transaction."""
MAX_BATCH_BYTES: Final = 1_048_576
MAX_BATCH_UNITS: Final = 1000
"""Both bound the duration of one commit, and of the repetition of a batch that failed."""


@dataclass(frozen=True, slots=True)
class Job(Generic[T]):
    """A unit of work, about how many bytes it writes, and the future of the caller that waits."""

    unit: WriteUnit[T]
    size: int
    future: asyncio.Future[T]


class WriteQueue:
    """Takes jobs from the event loop, and gives them to one thread in batches."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._small = deque[Job[Any]]()
        self._large = deque[Job[Any]]()
        self._large_is_next = True
        self._large_runs = False
        self._holders = 0
        """How many let no large job run, or wait for the end of the one that runs."""
        self._large_is_due = False
        """Whether a large job was held, and must run before anything else holds it."""
        self._closed = False

    def put(self, job: Job[Any]) -> None:
        """Add a job."""
        with self._changed:
            (self._large if job.size > LARGE_BYTES else self._small).append(job)
            self._changed.notify_all()

    def close(self) -> None:
        """Let `next_batch` return nothing after the jobs that wait."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @contextmanager
    def without_large(self) -> Iterator[None]:
        """Let no large job run meanwhile; the end of one that runs is waited for."""
        with self._changed:
            self._changed.wait_for(lambda: not self._large_is_due)
            self._holders += 1  # from here on no further large job begins
            self._changed.wait_for(lambda: not self._large_runs)
        try:
            yield
        finally:
            with self._changed:
                self._holders -= 1
                self._large_is_due = bool(self._large)
                self._changed.notify_all()

    def next_batch(self) -> list[Job[Any]]:
        """Wait for jobs, and return those of the next transaction; none after the last one.

        Small and large jobs take turns, so neither kind waits for all of the other.
        """
        with self._changed:
            self._large_runs = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._small or self._may_run_large or self._is_over)
            if self._may_run_large and (self._large_is_next or not self._small):
                self._large_is_next = self._large_is_due = False
                self._large_runs = True
                self._changed.notify_all()
                return [self._large.popleft()]
            self._large_is_next = True
            return self._small_batch()

    @property
    def _may_run_large(self) -> bool:
        return bool(self._large) and not self._holders

    @property
    def _is_over(self) -> bool:
        return self._closed and not (self._small or self._large)

    def _small_batch(self) -> list[Job[Any]]:
        batch: list[Job[Any]] = []
        left = MAX_BATCH_BYTES
        while self._small and len(batch) < MAX_BATCH_UNITS and self._small[0].size <= left:
            left -= self._small[0].size
            batch.append(self._small.popleft())
        return batch
