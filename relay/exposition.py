"""The text of `GET /metrics`, in the format of Prometheus or of OpenMetrics."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamproof.relay.metrics import Histogram, Metrics

PREFIX: Final = "streamproof_relay_"


class RelayCollector(Collector):
    """Words the numbers of one relay."""

    def __init__(self, metrics: Metrics, open_readers: Callable[[], int]) -> None:
        self._metrics = metrics
        self._open_readers = open_readers

    def collect(self) -> Iterator[Metric]:
        """Yield every metric with its current numbers."""
        metrics = self._metrics
        turns = CounterMetricFamily(
            f"{PREFIX}turns", "Turns that ended, by status and reason.", labels=["status", "reason"]
        )
        for labels, count in sorted(metrics.ended.items()):
            turns.add_metric(labels, count)
        yield turns
        yield GaugeMetricFamily(f"{PREFIX}turns_running", "Turns that run now.", metrics.running)
        yield GaugeMetricFamily(
            f"{PREFIX}open_readers", "Streams that browsers have open now.", self._open_readers()
        )
        yield GaugeMetricFamily(
            f"{PREFIX}leases", "Running turns of this relay in PostgreSQL.", metrics.leases
        )
        yield CounterMetricFamily(
            f"{PREFIX}takeovers", "Turns taken over from relays that are gone.", metrics.takeovers
        )
        yield _histogram(
            "time_to_first_token_seconds",
            "From the stored question to the first frame of the reply.",
            metrics.first_token,
        )
        yield _histogram(
            "added_latency_seconds",
            "From the events of the AI service to the frames in the socket of a browser.",
            metrics.latency,
        )
        yield _histogram("flush_seconds", "Duration of a commit.", metrics.flush_seconds)
        yield _histogram("flush_size", "Units of work in one commit.", metrics.flush_size)


def exposition(metrics: Metrics, open_readers: Callable[[], int], accept: str) -> tuple[bytes, str]:
    """Return the text in the format that a scraper accepts, and its content type."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(RelayCollector(metrics, open_readers))
    ProcessCollector(registry=registry)
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


def _histogram(name: str, about: str, histogram: Histogram) -> HistogramMetricFamily:
    family = HistogramMetricFamily(f"{PREFIX}{name}", about)
    bounds = [*map(str, histogram.bounds), "+Inf"]
    family.add_metric(
        [], list(zip(bounds, accumulate(histogram.counts), strict=True)), histogram.total
    )
    return family
