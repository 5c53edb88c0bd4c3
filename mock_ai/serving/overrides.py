"""Overrides: one request can set another speed and add faults, by header or by query."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamproof.mock_ai.faults import Fault
    from streamproof.mock_ai.request.received import ReceivedRequest

# The header and the key of the query; contracts/openapi/ai-service.openapi.yaml describes them.
SPEED: Final = ("X-Mock-Speed", "speed")
FAULT: Final = ("X-Mock-Fault", "fault")

# With a lower speed a delay would be longer than a clock can count.
_SLOWEST: Final = 0.000_001
_FASTEST: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Overrides:
    """The overrides of a request; its faults come after those of the scenario."""

    speed: float | None = None
    faults: tuple[Fault, ...] = ()


NO_OVERRIDES: Final = Overrides()


async def read_overrides(request: ReceivedRequest) -> Overrides:
    """Read the overrides, headers before the query; raises `InvalidRequest` for invalid ones."""
    speeds = _values(request, *SPEED)
    faults = _values(request, *FAULT)
    if not speeds and not faults:
        return NO_OVERRIDES
    speed = _speed(*speeds[0]) if speeds else None
    return Overrides(speed, await asyncio.to_thread(_faults, faults) if faults else ())


def _faults(given: Sequence[tuple[str, str]]) -> tuple[Fault, ...]:
    # Imported here, in the thread: a start must not wait for what reads scenarios.
    from streamproof.mock_ai.serving.requested_fault import read_requested_fault

    return tuple(read_requested_fault(*one) for one in given)


def _values(request: ReceivedRequest, header: str, key: str) -> Sequence[tuple[str, str]]:
    """Return each value with the place where it stands."""
    values = [(header, value) for value in request.all_headers(header)]
    if request.query is not None:
        values += [(f"?{key}=", value) for value in request.query.getall(key, ())]
    return values


def _speed(where: str, text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = -1
    if speed != 0 and not _SLOWEST <= speed <= _FASTEST:
        wanted = f"0 or a number from {_SLOWEST:f} to {_FASTEST}"
        raise InvalidRequest(f"{where}: wanted {wanted}, got '{text}'")
    return speed
