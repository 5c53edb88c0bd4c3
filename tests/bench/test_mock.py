"""What `bench.mock` rests on: equal bytes for every contender, figures that mean what they say."""

from dataclasses import replace

import pytest

from bench.mock.contenders import CONTENDERS
from bench.mock.goals import GOALS, Goal, only_compared
from bench.mock.measurement import Sample, derived
from bench.mock.page import HEADING, PAGE, Figures
from bench.mock.payload import body, scenario
from bench.mock.report import as_json, markdown
from bench.mock.results import Results
from bench.mock.servers.bare_protocol import writes
from bench.mock.workloads import (
    AIOHTTP,
    LIMIT,
    MOCK,
    NGINX,
    NODE,
    OPENAI_CHAT,
    QUICK,
    WORKLOADS,
)
from streamproof.mock_ai.actions import Send
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan, planned_body

SMALL = [replace(workload, events=min(workload.events, 20)) for workload in WORKLOADS.values()]


@pytest.mark.parametrize("workload", SMALL, ids=lambda workload: workload.name)
def test_scenario_sends_the_bytes_that_the_others_send(workload):
    actions = plan(load_scenario(scenario(workload)).reply)
    assert planned_body(actions) == body(workload)
    sizes = [len(action.data) for action in actions if isinstance(action, Send)]
    assert sizes[-workload.events :] == [workload.event_bytes] * workload.events
    assert len(sizes) == workload.events + (workload.form == OPENAI_CHAT)


def test_bare_protocol_sends_one_chunk_for_each_event():
    sent = b"".join(writes(body(replace(WORKLOADS["U"], events=3)), paced=True))
    assert sent.count(b"46\r\nevent: message\n") == 3
    assert sent.endswith(b"\n\n\r\n0\r\n\r\n")


def test_paced_streams_are_longer_than_they_are_watched():
    for workload in WORKLOADS.values():
        assert not workload.paced or workload.events * workload.gap_ms > workload.to_ms


def test_everything_that_is_named_exists():
    assert {name for w in WORKLOADS.values() for name in w.contenders} <= CONTENDERS.keys()
    assert set(QUICK) <= WORKLOADS.keys()
    for goal in GOALS:
        assert goal.against is None or goal.against in WORKLOADS[goal.other_workload].contenders


def test_figures_follow_from_the_counts_of_the_client():
    workload = replace(WORKLOADS["P100"], from_ms=1000, to_ms=3000)
    found = {
        "events": 12_000.0,
        "events_between": 9_900.0,
        "chunks": 12_000.0,
        "seconds": 3.0,
        "client_cpu_s": 0.3,
        "gap_error_p50_us": 25.0,
        "late_p99_us": 1_500.0,
    }
    values = derived(workload, found, cpu_us_per_event=20.0, grown_kib=1_000)
    assert values["rate_kept"] == pytest.approx(0.99)
    assert values["cpu_us_per_event"] == pytest.approx(20)
    assert values["late_p99_ms"] == pytest.approx(1.5)
    assert values["gap_error_p50_us"] == 25
    assert values["kib_per_stream"] == 10


def samples(ratios, foreign):
    """Return a pair of samples for each round, the limit always at 1."""
    for number, (ratio, used) in enumerate(zip(ratios, foreign, strict=True), 1):
        yield Sample("U", MOCK, number, {"cpu_us_per_event": ratio}, used)
        yield Sample("U", LIMIT, number, {"cpu_us_per_event": 1.0}, 0.0)


@pytest.mark.parametrize(
    ("foreign", "expected"),
    [
        pytest.param([0, 0, 0, 1, 1], (2, 1, 3, 3), id="only quiet rounds"),
        pytest.param([0.5, 0, 0.4, 0.3, 0.2], (4, 2, 5, 3), id="the three quietest"),
    ],
)
def test_ratio_is_the_median_of_quiet_rounds(foreign, expected):
    results = Results(samples([1, 2, 3, 4, 5], foreign))
    figure = results.ratio("cpu_us_per_event", ("U", MOCK), ("U", LIMIT))
    assert figure is not None
    assert (figure.median, figure.least, figure.most, figure.rounds) == expected


@pytest.mark.parametrize(
    ("at_least", "value", "met"), [(False, 5, True), (False, 5.1, False), (True, 4.9, False)]
)
def test_goal_is_met_up_to_its_bound(at_least, value, met):
    goal = Goal("it", "U", "cpu_us_per_event", LIMIT, 5, at_least=at_least)
    assert goal.met(value) is met


def test_reports_have_the_figures_and_what_was_left_out():
    results = Results(samples([1, 2, 3], [0, 0, 0]))
    text = markdown(results, {"nginx": "nginx is not installed"}, [])
    assert "| streamproof |" in text
    assert "nginx was skipped: nginx is not installed" in text
    assert '"cpu_us_per_event": 3' in as_json(results, {}, [])


@pytest.mark.parametrize(
    ("workload", "contenders"),
    [("U", {MOCK, NGINX, NODE, AIOHTTP}), ("M1000", {MOCK}), ("B", set())],
)
def test_only_what_a_goal_compares_can_be_measured(workload, contenders):
    assert set(only_compared(WORKLOADS[workload]).contenders) == contenders


def test_figures_replace_those_of_the_page_and_nothing_else():
    results = Results(samples([1, 2, 3], [0, 0.25, 0.5]))
    figures = Figures.of(results, "| streamproof |", "--goals --write")
    page = PAGE.read_text("utf-8")
    written = figures.written_into(page)
    assert written.startswith(page.partition(HEADING)[0])
    assert written.count(HEADING) == 1
    assert "python -m bench.mock --goals --write" in written
    assert "| streamproof |" in written
    assert Figures.read(written) == figures
    assert figures.written_into(written) == written
