"""Which failed requests to the AI service are repeated, and after which wait."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

RETRIED_STATUSES: Final = frozenset({429, 502, 503, 504})
_MAX_DOUBLINGS: Final = 30


def retry_after_seconds(value: str | None, now: datetime) -> float | None:
    """Return the seconds of a `Retry-After` header, which can also be a date.

    None if the header is missing or not valid (RFC 9110, section 10.2.3).
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - now).total_seconds())


def backoff_seconds(attempt: int, first: float, most: float, chance: float) -> float:
    """Return the wait after an attempt with full jitter.

    Attempts count from 1; `chance` is a random number from 0 to 1.
    """
    return chance * min(most, first * 2.0 ** min(attempt - 1, _MAX_DOUBLINGS))
