"""What `bench.relay` rests on: stamps that the client finds, goals that compare what they say."""

import json

import pytest

from bench.mock.measurement import Sample
from bench.relay.__main__ import only_compared
from bench.relay.contenders import CONTENDERS
from bench.relay.goals import GOALS, Goal, report
from bench.relay.loads.__main__ import LOADS
from bench.relay.loads.hostile_ai import REPLIES
from bench.relay.payload import body
from bench.relay.workloads import DIRECT, HONO, NGINX, QUICK, RELAY, WORKLOADS, shortened
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
        assert goal.against is None or goal.against in CONTENDERS
        assert goal.workload in WORKLOADS


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


def test_the_report_has_goals_and_contenders():
    text = report(samples(streamproof=250.0, nginx=100.0, hono=900.0, direct=50.0))
    assert "| added latency p50 | R100 | nginx | ≤ 4 | ≤ 2 | 4 (4 to 4) | 1 | yes |" in text
    assert "| R100 | hono |" in text


def test_only_what_a_goal_compares_can_be_measured():
    assert set(only_compared(WORKLOADS["R100"]).contenders) == {RELAY, DIRECT, NGINX, HONO}
    assert set(only_compared(WORKLOADS["RU"]).contenders) == {RELAY, HONO}


def test_there_are_at_least_twenty_bad_loads():
    assert len(LOADS) >= 20


def test_the_bad_replies_are_what_their_names_say():
    first = next(REPLIES["empty content"]())
    event = Decoder().feed(first)[0]
    assert json.loads(event.data) == {"type": "content", "content": ""}
