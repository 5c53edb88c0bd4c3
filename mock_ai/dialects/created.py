"""When everything was created, so that the same scenario has the same bytes: 1 January 2026."""

from __future__ import annotations

from typing import Final

CREATED: Final = "2026-01-01T00:00:00Z"
CREATED_SECONDS: Final = 1_767_225_600
"""The same as a number of seconds since 1970."""
