"""The goals for the relay, compared with other backends in the same round."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bench.mock.results import Figure, summary
from bench.relay.workloads import (
    DIRECT,
    HONO,
    NGINX,
    ON_POSTGRESQL,
    RELAY,
    TWO_ON_POSTGRESQL,
)

if TYPE_CHECKING:
    from bench.mock.measurement import Sample

    Key = tuple[str, str, int]
    Found = Mapping[Key, Sample]


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on a value of the contender `of`, or on its ratio to the value of another one."""

    what: str
    workload: str
    metric: str
    against: str | None
    bound: float
    stretch: float | None = None
    at_least: bool = False
    added: bool = False
    """Whether the values count from that of the AI service without a backend."""
    against_workload: str | None = None
    of: str = RELAY

    def met(self, value: float) -> bool:
        """Tell whether a value meets the goal."""
        return value >= self.bound if self.at_least else value <= self.bound

    def figure(self, samples: Iterable[Sample]) -> Figure | None:
        """Return the figure that this goal bounds, or None if it was not measured."""
        found = {(s.workload, s.contender, s.round): s for s in samples}
        rounds = sorted({number for _, _, number in found})
        values = (self._compared(found, number) for number in rounds)
        return summary([value for value in values if value is not None])

    def _compared(self, found: Found, number: int) -> tuple[float, float] | None:
        """Return the value or the ratio of a round, and how busy other programs were."""
        mine = self._value(found, (self.workload, self.of, number))
        if mine is None or self.against is None:
            return mine
        other = self._value(found, (self.against_workload or self.workload, self.against, number))
        if other is None or not other[0]:
            return None
        return mine[0] / other[0], max(mine[1], other[1])

    def _value(self, found: Found, key: Key) -> tuple[float, float] | None:
        sample, floor = found.get(key), found.get((key[0], DIRECT, key[2]))
        if sample is None or self.metric not in sample.values or (self.added and floor is None):
            return None
        base = floor.values[self.metric] if floor and self.added else 0.0
        return sample.values[self.metric] - base, sample.foreign


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
    Goal("added latency p50, µs", "R100", _P50, None, 5000, added=True, of=ON_POSTGRESQL),
    Goal("rate kept", "R1000", "rate_kept", None, 0.99, at_least=True, of=TWO_ON_POSTGRESQL),
    Goal("latency p99, µs", "R1000", _P99, None, 100_000, of=TWO_ON_POSTGRESQL),
    Goal("latency p99, two relays", "R1000", _P99, ON_POSTGRESQL, 0.8, of=TWO_ON_POSTGRESQL),
    Goal(
        "events per second, two relays",
        "RU",
        "events_per_s",
        ON_POSTGRESQL,
        1.2,
        at_least=True,
        of=TWO_ON_POSTGRESQL,
    ),
)

_HEADINGS: Final = (
    *("what", "of", "workload", "against", "goal", "stretch", "measured", "rounds", "met"),
)
_COLUMNS: Final = (
    ("events/s", "events_per_s", "{:,.0f}"),
    ("rate kept", "rate_kept", "{:.1%}"),
    ("latency p50 µs", _P50, "{:,.0f}"),
    ("p99 µs", _P99, "{:,.0f}"),
    ("CPU µs per event", _CPU, "{:.3g}"),
    ("of PostgreSQL", "database_us_per_event", "{:.3g}"),
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
            goal.of,
            goal.workload,
            goal.against or "—",
            f"{sign} {_number(goal.bound)}",
            f"{sign} {_number(goal.stretch)}" if goal.stretch else "",
            f"{_number(figure.median)} ({_number(figure.least)} to {_number(figure.most)})",
            str(figure.rounds),
            "yes" if goal.met(figure.median) else "NO",
        )


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


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
