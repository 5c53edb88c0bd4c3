"""The workloads: the number of streams, their events and gaps, and the contenders."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bench.mock.workloads import Workload

RELAY: Final = "streamproof"
ON_POSTGRESQL: Final = "postgresql"
TWO_ON_POSTGRESQL: Final = "postgresql-2"
RELAYS: Final = (RELAY, ON_POSTGRESQL, TWO_ON_POSTGRESQL)
DIRECT: Final = "direct"
NGINX: Final = "nginx"
AIOHTTP: Final = "aiohttp"
HONO: Final = "hono"
HONO_STORING: Final = "hono-storing"

ALL: Final = (*RELAYS, DIRECT, NGINX, AIOHTTP, HONO, HONO_STORING)


def _paced(
    name: str,
    about: str,
    connections: int,
    gap_ms: int,
    *,
    ramp_ms: int = 1000,
    from_ms: int = 1500,
    to_ms: int = 5500,
    contenders: tuple[str, ...] = ALL,
) -> Workload:
    """Return a workload whose streams are still running when the measurement ends."""
    return Workload(
        name,
        about,
        connections,
        contenders,
        events=to_ms // gap_ms + 10,
        gap_ms=gap_ms,
        ramp_ms=ramp_ms,
        from_ms=from_ms,
        to_ms=to_ms,
    )


def _thousand(name: str, about: str, gap_ms: int, contenders: tuple[str, ...] = ALL) -> Workload:
    """Return a workload of 1,000 streams that open slowly: a start costs as much as many events."""
    return _paced(
        name,
        about,
        1000,
        gap_ms,
        ramp_ms=12_000,
        from_ms=14_000,
        to_ms=18_000,
        contenders=contenders,
    )


WORKLOADS: Final = {
    workload.name: workload
    for workload in (
        _paced("R100", "100 streams, an event every 20 ms", 100, 20),
        _paced("R500", "500 streams, an event every 20 ms", 500, 20),
        _thousand("R1000", "1,000 streams, an event every 50 ms", 50),
        Workload("RU", "1,000 events at once", 50, ALL),
        _paced(
            "RM1000",
            "memory: 1,000 streams, an event a second",
            1000,
            1000,
            ramp_ms=4000,
            from_ms=5000,
            to_ms=8000,
        ),
        _paced(
            "G100",
            "growth: 100 streams, an event every 40 ms",
            100,
            40,
            contenders=(RELAY,),
        ),
        _paced(
            "G3000",
            "growth: 3,000 streams, an event every 1,200 ms",
            3000,
            1200,
            ramp_ms=8000,
            from_ms=10_000,
            to_ms=16_000,
            contenders=(RELAY,),
        ),
    )
}

QUICK: Final = ("R100", "RU")


def shortened(workload: Workload) -> Workload:
    """Return a version of a workload that takes about two seconds, with as many events."""
    return replace(workload.shortened(), events=workload.events)
