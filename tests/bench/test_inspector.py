"""The figures of the inspector's bench are read from the trace as they should be."""

from dataclasses import fields, replace

from bench.inspector import Result, _from_trace, report

MAIN, OTHER = {"pid": 1, "tid": 1}, {"pid": 1, "tid": 2}
TRACE = [
    {**MAIN, "name": "thread_name", "args": {"name": "CrRendererMain"}},
    {**OTHER, "name": "thread_name", "args": {"name": "Compositor"}},
    {**MAIN, "name": "RunTask", "dur": 90_000, "tdur": 60_000},
    {**MAIN, "name": "RunTask", "dur": 90_000, "tdur": 10_000},
    {**MAIN, "name": "RunTask", "dur": 5},
    {**OTHER, "name": "RunTask", "dur": 90_000, "tdur": 90_000},
    {**OTHER, "name": "DrawFrame"},
]


def test_only_tasks_of_the_page_count() -> None:
    assert _from_trace(TRACE) == (1, 1, 70_000)


def test_report_compares_the_median_with_the_goal() -> None:
    one = Result(**{field.name: 60 for field in fields(Result)})
    slow = replace(one, fps=40)
    assert "50 frames a second: held" in report([one, one, slow])
    assert "50 frames a second: missed" in report([one, slow, slow])
    assert "(40.0 to 60.0)" in report([one, slow])
