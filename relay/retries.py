"""When a request that failed is worth another attempt, and after which wait."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

RETRIED_STATUSES: Final = frozenset({429, 502, 503, 504})
_MAX_DIGITS: Final = 9  # some thirty years; int() itself refuses very long numbers
_MAX_DOUBLINGS: Final = 30


def retry_after_seconds(value: str | None, now: datetime) -> float | None:
    """Read a `Retry-After` header, in seconds or as a date; None for none, or for nonsense.

    RFC 9110, section 10.2.3.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text) if len(text) <= _MAX_DIGITS else float("inf")
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - now).total_seconds())


def backoff_seconds(attempt: int, first: float, most: float, chance: float) -> float:
    """Return the wait after an attempt, counted from 1: full jitter, `chance` from 0 to 1."""
    return chance * min(most, first * 2.0 ** min(attempt - 1, _MAX_DOUBLINGS))
