"""Runs rounds: each contender of each workload once, in a new order, when the machine is quiet."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from random import Random
from typing import TYPE_CHECKING, Final, Protocol

from bench.mock.errors import BenchError, Missing
from bench.mock.process import busy_seconds

if TYPE_CHECKING:
    from bench.mock.measurement import Sample
    from bench.mock.workloads import Workload

QUIET_CORES: Final = 0.1
_INTERVAL_SECONDS: Final = 0.5


def wait_for_quiet(max_seconds: float) -> None:
    """Wait until other programs use almost no CPU time, or until the time is over."""
    deadline = time.monotonic() + max_seconds
    while time.monotonic() < deadline:
        before, at = busy_seconds(), time.monotonic()
        time.sleep(_INTERVAL_SECONDS)
        if (busy_seconds() - before) / (time.monotonic() - at) < QUIET_CORES:
            return


class Bench(Protocol):
    """Runs measurements."""

    def measure(self, workload: Workload, contender: str, number: int) -> Sample:
        """Run one measurement; raises `BenchError`."""
        ...


class Rounds:
    """Runs measurements, and keeps what was skipped and what failed."""

    def __init__(
        self, bench: Bench, workloads: Sequence[Workload], *, wait_seconds: float, tries: int
    ) -> None:
        self._bench = bench
        self._workloads = workloads
        self._wait_seconds = wait_seconds
        self._tries = tries
        self.skipped: dict[str, str] = {}
        self.failed: list[str] = []

    def run(self, count: int, contenders: Sequence[str], seed: int) -> Iterator[Sample]:
        """Yield the samples of `count` rounds."""
        random = Random(seed)
        for number in range(1, count + 1):
            for workload in random.sample(self._workloads, len(self._workloads)):
                names = [name for name in workload.contenders if name in contenders]
                for name in random.sample(names, len(names)):
                    if name not in self.skipped:
                        yield from self._one(workload, name, number)

    def _one(self, workload: Workload, name: str, number: int) -> Iterator[Sample]:
        print(f"round {number}: {workload.name} {name}", file=sys.stderr, flush=True)
        try:
            yield self._quietest(workload, name, number)
        except Missing as error:
            self.skipped[name] = str(error)
        except BenchError as error:
            self.failed.append(f"round {number}: {workload.name} {name}: {error}")

    def _quietest(self, workload: Workload, name: str, number: int) -> Sample:
        """Repeat a disturbed measurement; return the least disturbed sample."""
        found: list[Sample] = []
        while len(found) < self._tries and not any(s.foreign < QUIET_CORES for s in found):
            wait_for_quiet(self._wait_seconds)
            found.append(self._bench.measure(workload, name, number))
        return min(found, key=lambda sample: sample.foreign)
