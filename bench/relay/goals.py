"""The goals for the relay, compared with other backends in the same round."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bench.mock.results import Figure, summary
from bench.relay.workloads import DIRECT, HONO, NGINX, RELAY

if TYPE_CHECKING:
    from bench.mock.measurement import Sample


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on a value of the relay, or on its ratio to the value of another contender."""

    what: str
    workload: str
    metric: str
    against: str | None
    bound: float
    stretch: float | None = None
    at_least: bool = False
    added: bool = False
    """Whether both values count from that of the AI service without a backend."""
    against_workload: str | None = None

    def met(self, value: float) -> bool:
        """Tell whether a value meets the goal."""
        return value >= self.bound if self.at_least else value <= self.bound

    def figure(self, samples: Iterable[Sample]) -> Figure | None:
        """Return the figure that this goal bounds, or None if it was not measured."""
        found = {(s.workload, s.contender, s.round): s for s in samples}
        values = []
        for number in sorted({key[2] for key in found}):
            mine = found.get((self.workload, RELAY, number))
            if mine is None or self.metric not in mine.values:
                continue
            if self.against is None:
                values.append((mine.values[self.metric], mine.foreign))
                continue
            other_workload = self.against_workload or self.workload
            other = found.get((other_workload, self.against, number))
            floor = found.get((self.workload, DIRECT, number)) if self.added else None
            if other is None or (self.added and floor is None):
                continue
            base = floor.values[self.metric] if floor else 0.0
            if divisor := other.values[self.metric] - base:
                ratio = (mine.values[self.metric] - base) / divisor
                values.append((ratio, max(mine.foreign, other.foreign)))
        return summary(values)


_P50: Final = "latency_p50_us"
_P99: Final = "latency_p99_us"
_CPU: Final = "cpu_us_per_event"

GOALS: Final = (
    Goal("added latency p50", "R100", _P50, NGINX, 4, 2, added=True),
    Goal("added latency p50", "R100", _P50, HONO, 0.5, added=True),
    Goal("latency p99", "R100", _P99, NGINX, 4, 2),
    Goal("latency p99", "R100", _P99, HONO, 0.3),
    Goal("CPU per event", "R100", _CPU, HONO, 0.7, 0.4),
    Goal("rate kept", "R500", "rate_kept", None, 0.97, at_least=True),
    Goal("latency p99", "R500", _P99, NGINX, 3),
    Goal("events per second, stored", "RU", "events_per_s", HONO, 1.5, 2.3, at_least=True),
    Goal("KiB per open stream", "RM1000", "kib_per_stream", None, 24, 15),
    Goal("memory per open stream", "RM1000", "kib_per_stream", HONO, 0.3),
    Goal("CPU per event, 3,000 streams", "G3000", _CPU, RELAY, 1.2, against_workload="G100"),
)

_HEADINGS: Final = ("what", "workload", "against", "goal", "stretch", "measured", "rounds", "met")
_COLUMNS: Final = (
    ("events/s", "events_per_s", "{:,.0f}"),
    ("rate kept", "rate_kept", "{:.1%}"),
    ("latency p50 µs", _P50, "{:,.0f}"),
    ("p99 µs", _P99, "{:,.0f}"),
    ("CPU µs per event", _CPU, "{:.3g}"),
    ("KiB per stream", "kib_per_stream", "{:.1f}"),
)


def report(samples: Sequence[Sample]) -> str:
    """Return a table of the goals, and one of all contenders, as Markdown."""
    return f"{_table(_HEADINGS, _goal_rows(samples))}\n\n{_contenders(samples)}"


def _goal_rows(samples: Sequence[Sample]) -> Iterator[Sequence[str]]:
    for goal in GOALS:
        if (figure := goal.figure(samples)) is None:
            continue
        sign = "≥" if goal.at_least else "≤"
        yield (
            goal.what,
            goal.workload,
            goal.against or "—",
            f"{sign} {goal.bound:.3g}",
            f"{sign} {goal.stretch:.3g}" if goal.stretch else "",
            f"{figure.median:.3g} ({figure.least:.3g} to {figure.most:.3g})",
            str(figure.rounds),
            "yes" if goal.met(figure.median) else "NO",
        )


def _contenders(samples: Sequence[Sample]) -> str:
    rows = []
    pairs = sorted({(s.workload, s.contender) for s in samples})
    for workload, contender in pairs:
        own = [s for s in samples if (s.workload, s.contender) == (workload, contender)]
        cells = []
        for _, metric, form in _COLUMNS:
            figure = summary([(s.values[metric], s.foreign) for s in own if metric in s.values])
            cells.append(form.format(figure.median) if figure else "—")
        rows.append((workload, contender, *cells))
    return _table(("workload", "contender", *(heading for heading, _, _ in _COLUMNS)), rows)


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
