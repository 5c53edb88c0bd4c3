"""From when on a relay may take over turns whose leases have run out.

A lease also runs out while its owner lives, if the owner is paused together with this relay or with
the database, or if the database cannot be reached. Such an owner renews its leases as soon as it
can. So a relay takes turns over only after it has looked at the database regularly for a while. If
it never looks regularly, because the database is always slow, it takes them over in the end.
All moments here are seconds on the clock of the database, which decides when a lease has run out.
"""

from __future__ import annotations

from math import inf
from typing import Final

from streamproof.relay.storage.leases import DUE

ROUND_SECONDS: Final = 1.0
ROUNDS_PER_LEASE: Final = 4
"""Rounds within a lease, at least: some of them may fail."""
MOST_WAITS: Final = 3
"""After this number of waits without a takeover between them, none begins, unless the database
could not be reached for longer than the last one."""


def round_seconds(lease_seconds: float) -> float:
    """Return the time from one look at the leases to the next one."""
    return min(ROUND_SECONDS, lease_seconds / ROUNDS_PER_LEASE)


class ClaimDelay:
    """Waits after the start, after each pause, and after the database could not be reached."""

    def __init__(self, lease_seconds: float) -> None:
        self._lease_seconds = lease_seconds
        self._renewal_seconds = lease_seconds * DUE
        """Longer than a round: an owner that lives has renewed its leases after this time."""
        self._longest_gap = lease_seconds * (1 - DUE) - round_seconds(lease_seconds)
        """In a shorter pause no lease runs out: each has at least this time left."""
        self._wait_seconds = self._renewal_seconds
        self._looked_at = -inf
        self._has_failed = False
        self._ends_at = inf
        self._waits = 0
        """The waits that began since turns could last be taken over."""

    def database_failed(self) -> None:
        """Wait for a whole lease from the next look on: the owners must connect again first."""
        self._wait_seconds = self._lease_seconds
        self._has_failed = True

    def is_over(self, moment: float) -> bool:
        """Note a look at this moment, and return whether turns may be taken over now."""
        gap, self._looked_at = moment - self._looked_at, moment
        has_failed, self._has_failed = self._has_failed, False
        is_long = gap > self._longest_gap
        if has_failed and is_long and moment >= self._ends_at:
            self._waits = 0  # the failure lasted longer than the wait before it
        is_pause = (is_long or has_failed) and self._waits < MOST_WAITS
        if is_pause or gap < 0:  # below 0: the clock was set back
            self._ends_at = moment + self._wait_seconds
            self._wait_seconds = self._renewal_seconds
            self._waits += 1
        is_over = moment >= self._ends_at
        if is_over:
            self._waits = 0
        return is_over
