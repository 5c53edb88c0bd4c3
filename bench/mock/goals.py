"""The goals for the cost and the timing of the mock, compared with other contenders."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from bench.mock.workloads import AIMOCK, AIOHTTP, LIMIT, MOCK, NGINX, NODE, Workload


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on a value of the mock, or on its ratio to another value of the same round."""

    what: str
    workload: str
    metric: str
    against: str | None
    bound: float
    stretch: float | None = None
    at_least: bool = False
    against_workload: str | None = None

    @property
    def other_workload(self) -> str:
        """The workload of the value to compare with."""
        return self.against_workload or self.workload

    def met(self, value: float) -> bool:
        """Tell whether a value meets the goal."""
        return value >= self.bound if self.at_least else value <= self.bound


_CPU: Final = "cpu_us_per_event"
_STREAM_CPU: Final = "cpu_us_per_stream"
_P50: Final = "gap_error_p50_us"
_P99: Final = "gap_error_p99_us"
_LATE: Final = "late_p99_ms"
_RATE: Final = "rate_kept"
_KIB: Final = "kib_per_stream"

GOALS: Final = (
    Goal("CPU per event", "U", _CPU, NGINX, 5, 3),
    Goal("CPU per event", "U", _CPU, NODE, 1 / 9),
    Goal("CPU per event", "U", _CPU, AIOHTTP, 1 / 60),
    Goal("CPU per event", "UO", _CPU, AIMOCK, 1 / 25, 1 / 40),
    Goal("CPU per rendered event", "UR", _CPU, MOCK, 1.25, against_workload="UC"),
    Goal("CPU per rendered event", "PR1000", _CPU, MOCK, 1.25, against_workload="PC1000"),
    Goal("CPU per short reply", "S", _STREAM_CPU, AIMOCK, 0.6, 0.4),
    Goal("CPU per short reply", "S", _STREAM_CPU, AIOHTTP, 1),
    Goal("rate kept", "P1000", _RATE, None, 0.99, 0.9999, at_least=True),
    Goal("gap error p50", "P1000", _P50, LIMIT, 8, 2),
    Goal("gap error p50", "P1000", _P50, NODE, 0.15),
    Goal("gap error p99", "P1000", _P99, LIMIT, 3.5, 1.5),
    Goal("gap error p99", "P1000", _P99, NODE, 0.45),
    Goal("CPU per event", "P1000", _CPU, LIMIT, 1.45, 1.3),
    Goal("CPU per event", "P1000", _CPU, NODE, 0.85),
    Goal("gap error p50", "P5000", _P50, LIMIT, 4, 2),
    Goal("gap error p99", "P5000", _P99, LIMIT, 4, 2),
    Goal("gap error p99", "P5000", _P99, NODE, 0.25, 0.1),
    Goal("gap error p50", "P100", _P50, NODE, 0.1),
    Goal("gap error p50", "P100", _P50, AIMOCK, 0.1),
    Goal("lateness p99, ms", "P100", _LATE, None, 3),
    Goal("lateness p99", "P100", _LATE, AIMOCK, 0.05),
    Goal("rate kept in overload", "P3000", _RATE, None, 0.85, at_least=True),
    Goal("rate kept in overload", "P3000", _RATE, NODE, 2, at_least=True),
    Goal("KiB per stream", "M5000", _KIB, None, 12, 8),
    Goal("memory per stream", "M5000", _KIB, AIOHTTP, 1.05),
    Goal("memory per stream", "M5000", _KIB, NODE, 0.8),
    Goal("memory per stream", "M5000", _KIB, AIMOCK, 0.3),
    Goal("memory per stream", "L1000", _KIB, MOCK, 1.1, against_workload="M1000"),
    Goal("rate kept", "O10000", _RATE, None, 0.99, at_least=True),
)


def only_compared(workload: Workload) -> Workload:
    """Return a workload with only the contenders that a goal compares, if any."""
    compared = {
        name
        for goal in GOALS
        for place, name in ((goal.workload, MOCK), (goal.other_workload, goal.against))
        if place == workload.name
    }
    return replace(workload, contenders=tuple(n for n in workload.contenders if n in compared))
