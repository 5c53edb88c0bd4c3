"""What is remarkable about a reply, for the log: never a long text, only printable ASCII."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final

EXCERPT_CHARACTERS: Final = 200

_logger = logging.getLogger(__name__)


class AnomalyKind(StrEnum):
    """What was remarkable about an event of the upstream."""

    wrong_name = auto()
    """A message under another event name than its own; it was passed on under its own."""
    raw = auto()
    """Data that is not JSON; it was passed on as text."""
    other = auto()
    """JSON that is none of the messages; it was passed on."""
    error_event = auto()
    """An event named `error`; it failed the turn."""
    after_end = auto()
    """Anything after the end; it was dropped."""


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One remark: `length` is the number of characters of the data, `excerpt` its beginning."""

    kind: AnomalyKind
    turn_id: str
    event_name: str
    length: int
    excerpt: str = ""


def excerpt(text: str) -> str:
    """Return the beginning of a text in printable ASCII."""
    escaped = text[:EXCERPT_CHARACTERS].encode("unicode_escape").decode("ascii")
    return escaped[:EXCERPT_CHARACTERS]


def log_anomaly(note: Anomaly) -> None:
    """Write a note to the log."""
    _logger.warning(
        "turn %s: %s, event %s, %d characters: %s",
        note.turn_id,
        note.kind,
        note.event_name,
        note.length,
        note.excerpt,
    )
