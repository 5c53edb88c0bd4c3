"""The numbers that the relay counts, and how `GET /metrics` words them."""

from __future__ import annotations

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families

from streamproof.relay.frames import Frame, FrameBatch
from streamproof.relay.metrics import Histogram, Metrics
from tests.relay.scripted_ai import END, content

PREFIX = "streamproof_relay_"


async def scraped(client, **headers):
    """Return the values of `GET /metrics` by name and labels."""
    answer = await client.get("/metrics", headers=headers)
    assert answer.status == 200
    families = text_string_to_metric_families(await answer.text())
    return {
        (sample.name.removeprefix(PREFIX), *sorted(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


class Seconds:
    """A clock that the test moves."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        """Return the time."""
        return self.now


def test_a_value_counts_in_the_first_bound_that_it_does_not_exceed():
    histogram = Histogram((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 3.0):
        histogram.add(value)
    assert (histogram.counts, histogram.total) == ([2, 1, 1], 6.0)


def test_the_time_to_the_first_token_is_measured_once():
    clock = Seconds()
    metrics = Metrics(clock)
    metrics.began("t")
    clock.now += 0.2
    metrics.arrived(FrameBatch("t", [Frame(1, None, "a")]))
    clock.now += 9
    metrics.arrived(FrameBatch("t", [Frame(2, None, "b")]))
    assert metrics.first_token.total == pytest.approx(0.2)
    assert sum(metrics.first_token.counts) == 1


def test_latency_counts_for_each_reader_that_gets_what_has_arrived_here():
    clock = Seconds()
    metrics = Metrics(clock)
    batch = FrameBatch("t", [Frame(1, None, "a")])
    metrics.arrived(batch)
    clock.now += 0.003
    for _ in range(2):
        metrics.shown(batch)
    metrics.shown(FrameBatch("t", batch.frames))  # of another relay
    assert metrics.latency.total == pytest.approx(0.006)
    assert sum(metrics.latency.counts) == 2


async def test_a_new_relay_has_every_metric(relay):
    values = await scraped(relay)
    assert values["turns_running",] == 0
    assert values["open_readers",] == 0
    for name in ("time_to_first_token_seconds", "added_latency_seconds"):
        assert values[f"{name}_count",] == 0
    for name in ("flush_seconds", "flush_size"):
        assert f"{name}_count" in {key[0] for key in values}


async def test_turns_are_counted_by_state_and_reason(ai, ana, room, relay):
    for script in (content("Hi") + END, content("Hi")):
        ai.script = script
        await (await ana.ask(room)).rest()
    values = await scraped(relay)
    assert values["turns_total", "", "completed"] == 1
    assert values["turns_total", "failed", "truncated"] == 1
    assert values["time_to_first_token_seconds_count",] == 2
    assert values["added_latency_seconds_count",] >= 1
    assert values["flush_size_sum",] >= values["flush_size_count",] > 0
    assert values["flush_seconds_sum",] > 0


async def test_running_turns_and_open_readers_are_gauges(ai, ana, room, relay):
    stream = await ana.ask(room)
    await stream.next()
    call = await ai.call()
    during = await scraped(relay)
    assert (during["turns_running",], during["open_readers",]) == (1, 1)
    await call.finish(END)
    await stream.rest()
    while (after := await scraped(relay))["open_readers",]:
        pass  # the relay notices the end of a stream after the browser
    assert (after["turns_running",], after["open_readers",]) == (0, 0)


async def test_two_relays_in_one_process_count_for_themselves(
    ai, ana, room, relay, start_relay, tmp_path
):
    ai.script = END
    await (await ana.ask(room)).rest()
    other = await start_relay(database=str(tmp_path / "other.db"))
    assert ("turns_total", "", "completed") in await scraped(relay)
    assert ("turns_total", "", "completed") not in await scraped(other)


async def test_a_scraper_can_ask_for_openmetrics(relay):
    answer = await relay.get("/metrics", headers={"Accept": "application/openmetrics-text"})
    assert answer.content_type == "application/openmetrics-text"
    names = {family.name for family in open_metrics(await answer.text())}
    assert f"{PREFIX}turns" in names


async def test_the_default_format_is_that_of_prometheus(relay):
    answer = await relay.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
