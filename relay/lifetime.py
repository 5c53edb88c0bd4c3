"""How long one browser connection lasts: connections rotate, and do not outlive their token.

A connection that ends like this ends cleanly and without a terminal frame, so the browser resumes
it. Then its token is checked again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from streamproof.relay.auth import Caller
    from streamproof.relay.dependencies import Dependencies
    from streamproof.relay.settings import Settings

JITTER: Final = 0.25
"""The part of `connection_seconds` that is random, so that connections do not end together."""


def lifetime_seconds(
    settings: Settings, caller: Caller, dependencies: Dependencies
) -> float | None:
    """Return the seconds that a new connection may last; None without a limit."""
    limits = []
    if settings.connection_seconds:
        limits.append(settings.connection_seconds * (1 - JITTER * dependencies.random()))
    if caller.expires_at is not None:
        left = (caller.expires_at - dependencies.now()).total_seconds()
        limits.append(max(0.0, left) + settings.token_grace_seconds)
    return min(limits, default=None)
