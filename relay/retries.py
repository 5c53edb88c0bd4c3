"""Which failed requests to the AI service are repeated, and after which wait."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

RETRIED_STATUSES: Final = frozenset({429, 502, 503, 504})
DAY_SECONDS: Final = 86_400.0
_MAX_DOUBLINGS: Final = 30
_MAX_DIGITS: Final = 20
"""Enough for every number that is not too long; more digits would become infinite."""


def retry_after_seconds(value: str | None, now: datetime) -> float | None:
    """Return the seconds of a `Retry-After` header, which can also be a date.

    None if the header is missing, not valid (RFC 9110, section 10.2.3), or longer than a day: no
    turn waits that long, and such dates are mistakes.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        seconds = float(text[:_MAX_DIGITS])
    else:
        try:
            when = parsedate_to_datetime(text)
            seconds = max(0.0, (when.replace(tzinfo=when.tzinfo or UTC) - now).total_seconds())
        except (ValueError, OverflowError, TypeError):  # a year of many digits, or a foreign zone
            return None
    return seconds if seconds <= DAY_SECONDS else None


def backoff_seconds(attempt: int, first: float, most: float, chance: float) -> float:
    """Return the wait after an attempt with full jitter.

    Attempts count from 1; `chance` is a random number from 0 to 1.
    """
    return chance * min(most, first * 2.0 ** min(attempt - 1, _MAX_DOUBLINGS))
