"""Overrides: one request can set another speed and add faults, by header or by query."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from streamproof.contracts.source.document import load_yaml, validate_document
from streamproof.contracts.source.errors import SourceError
from streamproof.mock_ai.errors import InvalidRequest
from streamproof.mock_ai.faults import Fault, read_fault
from streamproof.mock_ai.library.loading import scenario_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streamproof.contracts.schema import Schema
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


def read_overrides(request: ReceivedRequest) -> Overrides:
    """Read the overrides, headers before the query; raises `InvalidRequest` for invalid ones."""
    speeds = _values(request, *SPEED)
    faults = _values(request, *FAULT)
    if not speeds and not faults:
        return NO_OVERRIDES
    return Overrides(
        _speed(*speeds[0]) if speeds else None, tuple(_fault(*given) for given in faults)
    )


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


def _fault(where: str, text: str) -> Fault:
    """Read a fault as it is written in a scenario file, for example `reset: {after_events: 2}`."""
    try:
        document = load_yaml(text, file=where)
        errors = validate_document(document, _fault_schema())
    except SourceError as error:
        errors = [error]
    if errors:
        raise InvalidRequest(f"{where}: {_joined(errors)}")
    value: dict[str, Any] = document.value
    [(kind, values)] = value.items()
    try:
        return read_fault(kind, values)
    except ValueError as error:
        raise InvalidRequest(f"{where}: {kind}: {error}") from error


@cache
def _fault_schema() -> Schema:
    return scenario_schema().definition("fault")


def _joined(errors: Iterable[SourceError]) -> str:
    words = (f"{error.message} ({error.help})" if error.help else error.message for error in errors)
    return "; ".join(words)
