"""The pace of a reply: how long its delays are, and how they vary."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from streamproof.mock_ai.exclusive_keys import check_exclusive


class Distribution(StrEnum):
    """How the delays of a pace vary."""

    UNIFORM = "uniform"
    NORMAL = "normal"
    LOG_NORMAL = "log-normal"
    EXPONENTIAL = "exponential"


@dataclass(frozen=True, slots=True)
class Stalls:
    """Longer delays: before every Nth event, or by chance."""

    for_ms: float
    every: int | None = None
    chance: float | None = None

    def __post_init__(self) -> None:
        """Reject both, or none."""
        check_exclusive(self, ("every", "chance"))


@dataclass(frozen=True, slots=True)
class Pace:
    """The first delay, the gaps between events, and how far each may vary (`jitter`, 0 to 1)."""

    first_ms: float = 0
    gap_ms: float = 0
    tokens_per_second: float | None = None
    jitter: float = 0
    distribution: Distribution = Distribution.UNIFORM
    stalls: Stalls | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        """Reject two measures of the same gap."""
        if self.gap_ms and self.counts_tokens:
            raise ValueError("wanted only one of gap_ms and tokens_per_second")

    @property
    def counts_tokens(self) -> bool:
        """Whether a gap depends on the text after it."""
        return self.tokens_per_second is not None
