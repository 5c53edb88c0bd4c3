"""Unusual events of the AI service, for the log: with a bounded excerpt in printable ASCII."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final

EXCERPT_CHARACTERS: Final = 200

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
