"""The workloads: the number of streams, their events, the gaps, and the contenders."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

MOCK: Final = "streamproof"
LIMIT: Final = "c-epoll"
NGINX: Final = "nginx"
PROTOCOL: Final = "asyncio-protocol"
NODE: Final = "node"
AIOHTTP: Final = "aiohttp"
AIMOCK: Final = "aimock"

CHAT: Final = "chat"
COMPLETION: Final = "completion"
OPENAI_CHAT: Final = "openai-chat"
"""What the events are: of the chat dialect, like those of OpenAI, or those of the mock's dialect.

The mock makes the first and the last ones from neutral steps.
"""

_OURS: Final = (MOCK, LIMIT, PROTOCOL, NODE, AIOHTTP)


@dataclass(frozen=True, slots=True)
class Workload:
    """Streams that open evenly over `ramp_ms` and are measured from `from_ms` to `to_ms`.

    With `gap_ms` 0 all events leave at once, and each connection repeats its request.
    """

    name: str
    about: str
    connections: int
    contenders: tuple[str, ...]
    events: int = 1000
    event_bytes: int = 70
    form: str = CHAT
    gap_ms: int = 0
    ramp_ms: int = 0
    from_ms: int = 0
    to_ms: int = 3000

    @property
    def paced(self) -> bool:
        """Whether there are gaps between the events."""
        return self.gap_ms > 0

    def shortened(self) -> Workload:
        """Return a version of the workload that takes about a second."""
        ramp_ms = min(self.ramp_ms, 500)
        from_ms = min(self.from_ms, ramp_ms + 200)
        return replace(self, ramp_ms=ramp_ms, from_ms=from_ms, to_ms=from_ms + 1000)


def _paced(name: str, about: str, connections: int, gap_ms: int, **more: object) -> Workload:
    """Return a workload whose streams are still running when the measurement ends."""
    times = {"ramp_ms": 1000, "from_ms": 1500, "to_ms": 5500, **more}
    events = int(str(times["to_ms"])) // gap_ms + 10
    values = {"events": events, "gap_ms": gap_ms, "contenders": _OURS, **times}
    return Workload(name, about, connections, **values)  # type: ignore[arg-type]  # the keys are fields


WORKLOADS: Final = {
    workload.name: workload
    for workload in (
        Workload("U", "1,000 events of 70 bytes at once", 50, (*_OURS, NGINX)),
        Workload(
            "UO",
            "1,000 events of 190 bytes at once",
            50,
            (MOCK, LIMIT, NGINX, NODE, AIOHTTP, AIMOCK),
            event_bytes=190,
            form=COMPLETION,
        ),
        Workload(
            "UC",
            "1,000 events of 190 bytes at once, in the chat dialect",
            50,
            (MOCK,),
            event_bytes=190,
        ),
        Workload(
            "UR",
            "1,000 events of 190 bytes at once, rendered for OpenAI's clients",
            50,
            (MOCK,),
            event_bytes=190,
            form=OPENAI_CHAT,
        ),
        Workload(
            "S",
            "short replies: 10 events of 190 bytes at once",
            50,
            (*_OURS, NGINX, AIMOCK),
            events=10,
            event_bytes=190,
            form=COMPLETION,
        ),
        Workload(
            "B",
            "one event of 1 MiB",
            8,
            (*_OURS, NGINX),
            events=1,
            event_bytes=1_048_576,
        ),
        _paced("P100", "100 streams, an event every 20 ms", 100, 20, contenders=(*_OURS, AIMOCK)),
        _paced(
            "P1000",
            "1,000 streams, an event every 20 ms",
            1000,
            20,
            contenders=(*_OURS, AIMOCK),
        ),
        _paced(
            "PC1000",
            "1,000 streams, an event of 190 bytes every 20 ms, in the chat dialect",
            1000,
            20,
            contenders=(MOCK,),
            event_bytes=190,
        ),
        _paced(
            "PR1000",
            "1,000 streams, an event of 190 bytes every 20 ms, rendered for OpenAI's clients",
            1000,
            20,
            contenders=(MOCK,),
            event_bytes=190,
            form=OPENAI_CHAT,
        ),
        _paced(
            "P5000",
            "5,000 streams, an event every 100 ms",
            5000,
            100,
            ramp_ms=4000,
            from_ms=5000,
            to_ms=9000,
        ),
        _paced(
            "P3000",
            "3,000 streams, an event every 20 ms: overload",
            3000,
            20,
            ramp_ms=2000,
            from_ms=2500,
            to_ms=6500,
        ),
        _paced(
            "M5000",
            "memory: 5,000 streams, an event a second, 60 events",
            5000,
            1000,
            contenders=(*_OURS, AIMOCK),
            events=60,
            ramp_ms=4000,
            from_ms=5000,
            to_ms=7000,
        ),
        _paced(
            "M1000",
            "memory: 1,000 streams, an event a second, 60 events",
            1000,
            1000,
            contenders=(MOCK,),
            events=60,
            from_ms=2000,
            to_ms=4000,
        ),
        _paced(
            "L1000",
            "memory: 1,000 streams, an event a second, 100,000 events",
            1000,
            1000,
            contenders=(MOCK,),
            events=100_000,
            from_ms=2000,
            to_ms=4000,
        ),
        _paced(
            "O10000",
            "10,000 streams, an event a second",
            10_000,
            1000,
            contenders=(MOCK,),
            events=60,
            ramp_ms=8000,
            from_ms=9000,
            to_ms=12_000,
        ),
    )
}

QUICK: Final = ("U", "S", "P1000")
