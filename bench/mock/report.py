"""The report: a table of the goals, and a table for each workload, as Markdown or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from bench.mock.goals import GOALS
from bench.mock.workloads import LIMIT, NGINX, WORKLOADS

if TYPE_CHECKING:
    from bench.mock.results import Figure, Results
    from bench.mock.workloads import Workload

_CLIENT_BOUND: Final = 0.9

# Heading, metric, format.
_UNPACED: Final = (
    ("events/s", "events_per_s", "{:,.0f}"),
    ("CPU µs per event", "cpu_us_per_event", "{:.3g}"),
    ("CPU µs per stream", "cpu_us_per_stream", "{:,.0f}"),
    ("first byte p50 ms", "first_byte_p50_ms", "{:.1f}"),
    ("p99 ms", "first_byte_p99_ms", "{:.1f}"),
)
_PACED: Final = (
    ("rate kept", "rate_kept", "{:.1%}"),
    ("gap error p50 µs", "gap_error_p50_us", "{:,.0f}"),
    ("p90 µs", "gap_error_p90_us", "{:,.0f}"),
    ("p99 µs", "gap_error_p99_us", "{:,.0f}"),
    ("late p99 ms", "late_p99_ms", "{:,.1f}"),
    ("CPU µs per event", "cpu_us_per_event", "{:.3g}"),
    ("KiB per stream", "kib_per_stream", "{:.1f}"),
)


def markdown(results: Results, skipped: dict[str, str], failed: Sequence[str]) -> str:
    """Return the report as Markdown."""
    parts = [_goals(results)]
    measured = {sample.workload for sample in results.samples}
    parts += [_workload(results, w) for name, w in WORKLOADS.items() if name in measured]
    parts += [f"{name} was skipped: {reason}" for name, reason in skipped.items()]
    parts += [f"Failed: {line}" for line in failed]
    return "\n\n".join(parts)


def as_json(results: Results, skipped: dict[str, str], failed: Sequence[str]) -> str:
    """Return all samples, and the goals with the measured values, as JSON."""
    goals = []
    for goal in GOALS:
        figure = results.of_goal(goal)
        measured = asdict(figure) if figure else None
        met = goal.met(figure.median) if figure else None
        goals.append({**asdict(goal), "measured": measured, "met": met})
    samples = [asdict(sample) for sample in results.samples]
    document = {"goals": goals, "samples": samples, "skipped": skipped, "failed": list(failed)}
    return json.dumps(document, indent=1)


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _range(figure: Figure, form: str) -> str:
    """Return a median, with minimum and maximum in brackets if there was more than one round."""
    middle = form.format(figure.median)
    if figure.rounds == 1:
        return middle
    return f"{middle} ({form.format(figure.least)} to {form.format(figure.most)})"


def _goals(results: Results) -> str:
    headings = ("what", "workload", "against", "goal", "stretch", "measured", "rounds", "met")
    return _table(headings, _goal_rows(results))


def _goal_rows(results: Results) -> Iterator[Sequence[str]]:
    for goal in GOALS:
        figure = results.of_goal(goal)
        if figure is None:
            continue
        sign, form = "≥" if goal.at_least else "≤", "{:.3g}"
        against = (
            f"{goal.against or '—'}{f' in {goal.against_workload}' * bool(goal.against_workload)}"
        )
        yield (
            goal.what,
            goal.workload,
            against,
            f"{sign} {form.format(goal.bound)}",
            f"{sign} {form.format(goal.stretch)}" if goal.stretch else "",
            _range(figure, form),
            str(figure.rounds),
            "yes" if goal.met(figure.median) else "NO",
        )


def _workload(results: Results, workload: Workload) -> str:
    limit = NGINX if NGINX in workload.contenders else LIMIT
    columns = _PACED if workload.paced else _UNPACED
    headings = ("contender", *(heading for heading, _, _ in columns), f"CPU ÷ {limit}")
    rows = []
    for name in workload.contenders:
        figures = [results.value(workload.name, name, metric) for _, metric, _ in columns]
        if not any(figures):
            continue
        ratio = results.ratio("cpu_us_per_event", (workload.name, name), (workload.name, limit))
        cells = [
            form.format(figure.median) if figure else "—"
            for figure, (_, _, form) in zip(figures, columns, strict=True)
        ]
        bound = _client_bound(results, workload.name, name)
        rows.append([name + bound, *cells, _range(ratio, "{:.2f}") if ratio else "—"])
    return f"**{workload.name}**: {workload.about}\n\n{_table(headings, rows)}"


def _client_bound(results: Results, workload: str, contender: str) -> str:
    """Return a mark for a contender that waited for the client."""
    share = results.value(workload, contender, "client_share")
    return " (client bound)" if share and share.median > _CLIENT_BOUND else ""
