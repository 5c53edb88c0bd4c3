"""What `bench.relay` rests on: stamps that the client finds, goals that compare what they say."""

import json

import pytest

from bench.mock.measurement import Sample
from bench.mock.page import HEADING, PAGE
from bench.relay.__main__ import only_compared
from bench.relay.contenders import CONTENDERS
from bench.relay.goals import GOALS, Goal, report
from bench.relay.loads.__main__ import LOADS
from bench.relay.loads.hostile_ai import REPLIES
from bench.relay.page import BEGIN, END, written_into
from bench.relay.payload import body
from bench.relay.workloads import (
    DIRECT,
    HONO,
    NGINX,
    ON_POSTGRESQL,
    QUICK,
    RELAY,
    TWO_ON_POSTGRESQL,
    WORKLOADS,
    shortened,
)
from streamproof.contracts.messages import Content, End, read_message
from streamproof.contracts.sse import Decoder


@pytest.mark.parametrize("name", WORKLOADS)
def test_the_ai_service_sends_a_valid_reply_with_numbered_stamps(name):
    workload = WORKLOADS[name]
    *contents, last = [read_message(event.data) for event in Decoder().feed(body(workload))]
    assert isinstance(last, End)
    assert len(contents) == workload.events
    for number, content in enumerate(contents[:3]):
        assert isinstance(content, Content)
        assert content.content.startswith(f"@{'0' * 19}#{number:08}")


def test_paced_streams_are_longer_than_they_are_watched():
    for workload in WORKLOADS.values():
        assert not workload.paced or workload.events * workload.gap_ms > workload.to_ms
        assert shortened(workload).events == workload.events


def test_everything_that_is_named_exists():
    assert {name for w in WORKLOADS.values() for name in w.contenders} <= CONTENDERS.keys()
    assert set(QUICK) <= WORKLOADS.keys()
    for goal in GOALS:
        assert goal.of in WORKLOADS[goal.workload].contenders
        assert goal.against is None or goal.against in CONTENDERS


def samples(**values):
    return [
        Sample("R100", name.replace("_", "-"), 1, {"latency_p50_us": value}, 0.0)
        for name, value in values.items()
    ]


def test_added_latency_counts_from_the_ai_service_without_a_backend():
    goal = Goal("added", "R100", "latency_p50_us", NGINX, 4, added=True)
    figure = goal.figure(samples(streamproof=250.0, nginx=100.0, direct=50.0))
    assert figure is not None
    assert figure.median == 4
    assert goal.met(figure.median)
    assert goal.figure(samples(streamproof=250.0, nginx=100.0)) is None


def test_a_goal_can_bound_the_added_latency_itself():
    goal = Goal("added", "R100", "latency_p50_us", None, 5000, added=True, of=ON_POSTGRESQL)
    figure = goal.figure(samples(streamproof=250.0, postgresql=4200.0, direct=200.0))
    assert figure is not None
    assert figure.median == 4000
    assert goal.figure(samples(postgresql=4200.0)) is None


def test_a_goal_can_compare_two_relays_with_one():
    goal = Goal("growth", "R100", "latency_p50_us", ON_POSTGRESQL, 1, of=TWO_ON_POSTGRESQL)
    figure = goal.figure(samples(postgresql=400.0, postgresql_2=300.0))
    assert figure is not None
    assert figure.median == 0.75


def test_the_report_has_goals_and_contenders():
    text = report(samples(streamproof=250.0, nginx=100.0, hono=900.0, direct=50.0))
    assert (
        "| added latency p50 | streamproof | R100 | nginx | ≤ 4 | ≤ 2 | 4 (4 to 4) | 1 | yes |"
        in text
    )
    assert "| R100 | hono |" in text


def test_large_figures_have_no_exponent():
    text = report(samples(postgresql=6200.0, direct=200.0))
    assert "| postgresql | R100 | — | ≤ 5,000 |  | 6,000 (6,000 to 6,000) | 1 | NO |" in text


def test_only_the_part_between_the_comments_of_the_page_is_written():
    page = f"above\n{BEGIN}\nold\n{END}\nbelow\n"
    written = written_into(page, samples(postgresql=1.0), "| new |", "--only R100")
    assert written.startswith(f"above\n{BEGIN}\nMeasured by `python -m bench.relay --only R100`")
    assert written.endswith(
        f"\n\n- R100: 100 streams, an event every 20 ms.\n\n| new |\n\n{END}\nbelow\n"
    )
    assert written_into(written, samples(postgresql=1.0), "| new |", "--only R100") == written


def test_the_page_has_a_place_for_the_figures():
    text = PAGE.read_text("utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
    assert text.index(END) < text.index(HEADING), "the bench of the mock writes what follows"
    with pytest.raises(ValueError, match="wanted the comments"):
        written_into("", samples(postgresql=1.0), "", "")


def test_only_what_a_goal_compares_can_be_measured():
    assert set(only_compared(WORKLOADS["R100"]).contenders) == {
        *(RELAY, ON_POSTGRESQL, DIRECT, NGINX, HONO)
    }
    assert set(only_compared(WORKLOADS["RM1000"]).contenders) == {RELAY, HONO}


def test_there_are_at_least_twenty_bad_loads():
    assert len(LOADS) >= 20


def test_the_bad_replies_are_what_their_names_say():
    first = next(REPLIES["empty content"]())
    event = Decoder().feed(first)[0]
    assert json.loads(event.data) == {"type": "content", "content": ""}
