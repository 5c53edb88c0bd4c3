"""Unusual events of the AI service, for the log: with a bounded excerpt in printable ASCII."""

from __future__ import annotations

import logging
from contextvars import copy_context
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamproof.contracts.sse import Event

EXCERPT_CHARACTERS: Final = 200
MAX_LOGGED: Final = 10
"""Lines in the log for one turn and one kind; the number of the others is logged at the end."""

_logger = logging.getLogger(__name__)


class AnomalyKind(StrEnum):
    """What was unusual about an event."""

    wrong_name = auto()
    """A message under the event name of another one; it was passed on under its own name."""
    raw = auto()
    """Data that is not JSON; it was passed on as text."""
    other = auto()
    """JSON that is not a message of the protocol; it was passed on."""
    error_event = auto()
    """An event named `error`; it failed the turn."""
    after_end = auto()
    """An event after the end; it was dropped."""


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One unusual event: `length` is the number of characters of its data."""

    kind: AnomalyKind
    turn_id: str
    event_name: str
    length: int
    excerpt: str = ""
    """The beginning of the data; empty if the data is a part of the conversation."""


class AnomalyLog:
    """The anomalies of one turn, with at most `MAX_LOGGED` lines of each kind."""

    __slots__ = ("_context", "_counts", "_log", "_turn_id")

    def __init__(self, turn_id: str, log: Callable[[Anomaly], None]) -> None:
        self._turn_id = turn_id
        self._log = log
        self._counts: dict[AnomalyKind, int] = {}
        self._context = copy_context()
        """That of the request: events arrive in callbacks, which run in the context of another."""

    def report(self, kind: AnomalyKind, event: Event, *, with_data: bool = True) -> None:
        """Log an event, unless there were too many of its kind."""
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        if count <= MAX_LOGGED:
            text = excerpt(event.data) if with_data else ""
            name = excerpt(event.event)
            anomaly = Anomaly(kind, self._turn_id, name, len(event.data), text)
            self._context.run(self._log, anomaly)

    def close(self) -> None:
        """Log how many events were not logged, once."""
        for kind, count in self._counts.items():
            if count > MAX_LOGGED:
                _logger.warning("turn %s: %s, %d more", self._turn_id, kind, count - MAX_LOGGED)
        self._counts.clear()


def excerpt(text: str) -> str:
    """Return the beginning of a text in printable ASCII."""
    escaped = text[:EXCERPT_CHARACTERS].encode("unicode_escape").decode("ascii")
    return escaped[:EXCERPT_CHARACTERS]


def log_anomaly(anomaly: Anomaly) -> None:
    """Write an anomaly to the log."""
    _logger.warning(
        "turn %s: %s, event %s, %d characters: %s",
        anomaly.turn_id,
        anomaly.kind,
        anomaly.event_name,
        anomaly.length,
        anomaly.excerpt,
    )
