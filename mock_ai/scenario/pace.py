"""A pace, as a scenario asks for it: how long the silences are, and how they differ."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Distribution(StrEnum):
    """How the silences of a pace differ."""

    UNIFORM = "uniform"
    NORMAL = "normal"
    LOG_NORMAL = "log-normal"
    EXPONENTIAL = "exponential"


@dataclass(frozen=True, slots=True)
class Stalls:
    """Longer silences: before every so-manieth piece, or by chance."""

    for_ms: float
    every: int | None = None
    chance: float | None = None

    def __post_init__(self) -> None:
        """Refuse both, or none."""
        if (self.every is None) == (self.chance is None):
            raise ValueError("wanted one of every and chance")


@dataclass(frozen=True, slots=True)
class Pace:
    """When bytes leave: the first silence, those between, and how far each may differ (0 to 1)."""

    first_ms: float = 0
    gap_ms: float = 0
    tokens_per_second: float | None = None
    jitter: float = 0
    distribution: Distribution = Distribution.UNIFORM
    stalls: Stalls | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse two measures of the same silence."""
        if self.gap_ms and self.counts_tokens:
            raise ValueError("wanted one of gap_ms and tokens_per_second")

    @property
    def counts_tokens(self) -> bool:
        """Whether a silence depends on the text that follows."""
        return self.tokens_per_second is not None
