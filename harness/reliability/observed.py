"""Everything that was observed of one trial; the invariants look only at this."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streamproof.harness.reliability.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streamproof.harness.reliability.history import History
    from streamproof.harness.reliability.relay_process import Held
    from streamproof.harness.reliability.sent import Sent


@dataclass(frozen=True, slots=True)
class TrialObservation:
    """What the browsers saw, what the AI service was asked, what is stored, and what is left."""

    histories: tuple[History, ...] = ()
    rows: Rows = field(default_factory=Rows)
    asked: tuple[str, ...] = ()
    """The ID of the message in each request to the AI service."""
    sent: Sent | None = None
    """What the AI service sends to each question; None: not known."""
    earlier: Rows = field(default_factory=Rows)
    """The rows of the trial before, as they were at its end."""
    earlier_now: Rows = field(default_factory=Rows)
    """The same rows now."""
    log: str = ""
    """What the relays have logged."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Texts that must not be in the log, by what they are."""
    held_before: Sequence[Held] = ()
    """What each relay held before its first turn."""
    held_after: Sequence[Held] = ()
    """What each holds after the last browser has left."""
    unexpected: tuple[str, ...] = ()
    """What a relay should not have done, in words; the histories have more."""
