"""What the relay gets from outside besides its settings: time, chance, IDs and callbacks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import SystemRandom
from typing import TYPE_CHECKING

from uuid_utils import uuid7

from streamproof.relay.failpoints import no_failpoint
from streamproof.relay.markdown import render

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Container

    from streamproof.relay.auth import Authenticator
    from streamproof.relay.delivery import SentFrames


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return str(uuid7())


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """The replaceable parts of a relay; the defaults are those of production."""

    now: Callable[[], datetime] = _utc_now
    new_id: Callable[[], str] = _new_id
    """Returns IDs that sort by time, so that rows of one millisecond keep their order."""
    new_request_id: Callable[[], str] = _new_id
    """Returns IDs for requests that come without one."""
    random: Callable[[], float] = SystemRandom().random
    """Returns numbers from 0 to 1."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    render: Callable[[str], str] = render
    """Converts Markdown to safe HTML."""
    failpoint: Callable[[str], None] = no_failpoint
    """Called with a name of `FAILPOINTS`; a test can raise an error there, or kill the process."""
    authenticator: Authenticator | None = None
    """Identifies the user of a request; None: by the tokens of the settings."""
    origins: Container[str] | None = None
    """The other origins whose pages can use the relay; None: those of the settings."""
    on_delivered: Callable[[SentFrames], None] | None = None
    """Called after frames were handed to a browser connection; it must not block or raise."""
