"""What the relay is made of beside its settings: time, chance, ids; tests pass in their own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import SystemRandom
from typing import TYPE_CHECKING

from uuid_utils import uuid7

from streamproof.relay.markdown import render
from streamproof.relay.storage.transaction import no_failpoint

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Container

    from streamproof.relay.auth import Authenticator


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return str(uuid7())


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """The outside world as the relay sees it."""

    now: Callable[[], datetime] = _utc_now
    new_id: Callable[[], str] = _new_id
    """Ids that sort by time, so that rows of one millisecond keep their order."""
    random: Callable[[], float] = SystemRandom().random
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    render: Callable[[str], str] = render
    """Markdown to safe HTML."""
    failpoint: Callable[[str], None] = no_failpoint
    """Called by name inside transactions, so that a test can fail there."""
    authenticator: Authenticator | None = None
    """Tells who asks; None: the tokens of the settings do."""
    origins: Container[str] | None = None
    """Which pages of other origins are let in; None: those of the settings."""
