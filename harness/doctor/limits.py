"""How long `doctor` waits, and how much it reads."""

from collections.abc import Sequence
from dataclasses import dataclass

from streamproof.harness.http.client import ReadLimits
from streamproof.harness.http.reading import MAX_BYTES

PROBE_BYTES = 1_048_576
"""More than any probe sends; a proxy that adds more is not read to its end."""
SHORT = (1.5,)
LONG = (35.0, 65.0, 130.0)
"""Longer than the limits that proxies, runtimes and load balancers usually have: 30, 60, 120 s."""


def in_words(seconds: Sequence[float]) -> str:
    """Return times as a list."""
    return f"{', '.join(f'{one:g}' for one in seconds)} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeLimits:
    """The limits of an examination."""

    silence_seconds: float = 30.0
    """Stop reading a stream after this much silence."""
    read_seconds: float = 60.0
    """Stop reading a stream that does not end after this time."""
    max_bytes: int = MAX_BYTES
    """Stop reading a stream after this number of bytes."""
    wait_seconds: float = 5.0
    """Wait this long for what should arrive at once: a first event, an end, a preflight."""
    lasting_seconds: tuple[float, ...] = SHORT
    """How long the streams last that look for limits of time."""

    @property
    def whole(self) -> ReadLimits:
        """The limits for a whole stream."""
        return ReadLimits(
            silence_seconds=self.silence_seconds,
            total_seconds=self.read_seconds,
            max_bytes=self.max_bytes,
        )

    def short(self, extra_seconds: float = 0.0) -> ReadLimits:
        """Return the limits for what should arrive at once, or after some time."""
        seconds = self.wait_seconds + extra_seconds
        return ReadLimits(silence_seconds=seconds, total_seconds=seconds, max_bytes=PROBE_BYTES)
