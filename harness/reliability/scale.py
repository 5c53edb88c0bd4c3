"""How many turns a trial has at once, and the times that fit this number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

SILENT_LEASES: Final = 3
"""With several relays, the AI service may be silent for this number of leases, at least: a relay
that was frozen for longer than its lease reads on when it wakes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The size of a trial; all times are in seconds."""

    turns: int
    lease: float
    """The lease of the relays, where several share a database."""
    moment: float
    """A fault strikes at some moment within this time."""
    waits_for_turns: bool
    """Whether this time begins when every browser has its first frame, and not with any turn."""
    silence: float
    """After this silence a browser leaves; the relays send comments more often."""
    patience: float
    """How long a browser tries; a turn that needs longer has lost its end. It does not count how
    long relays take to start, because that depends on the machine."""
    settling: float
    """How long relays may take to end turns, and to leave what the browsers have left."""
    idle: float
    """After this silence of the AI service a turn fails."""
    limits: Mapping[str, float]
    """Settings of the relays."""

    def settings(self, replicas: int) -> dict[str, object]:
        """Return what all relays of a trial have in common."""
        silent = SILENT_LEASES * self.lease if replicas > 1 else 0.0
        return {
            "idle_seconds": max(self.idle, silent),
            "backoff_seconds": 0.02,
            "backoff_max_seconds": 0.1,
            "keep_alive_seconds": self.silence / 4,
            "lease_seconds": self.lease,
            "max_requests_per_minute": 1_000_000,
            "retain_seconds": 86_400.0,
            "database_wait_seconds": 1.0,
            **self.limits,
        }


FEW: Final = Scale(
    turns=4,
    lease=1.0,
    moment=0.18,
    waits_for_turns=False,
    silence=4.0,
    patience=20.0,
    settling=5.0,
    idle=1.0,
    limits={
        "headers_seconds": 1.0,
        "first_content_seconds": 1.0,
        "turn_seconds": 10.0,
        "write_stall_seconds": 2.0,
        "drain_seconds": 3.0,
    },
)
"""Short limits, so that a trial takes about a second: a turn lasts about as long as `moment`."""


def crowd(turns: int) -> Scale:
    """Return the scale of trials with many turns, which need some seconds to begin."""
    return Scale(
        turns=turns,
        lease=4.0,
        moment=4.0,
        waits_for_turns=True,
        silence=10.0,
        patience=90.0,
        settling=20.0,
        idle=15.0,
        limits={
            "headers_seconds": 30.0,
            "first_content_seconds": 30.0,
            "turn_seconds": 120.0,
            "write_stall_seconds": 20.0,
            "drain_seconds": 5.0,
        },
    )
