"""The numbers that the keywords of a JSON Schema allow, without errors of rounding."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final, NamedTuple

_USUAL_SPAN: Final = 100
"""The distance to a limit that is missing."""
_LOWEST: Final = ("minimum", "exclusiveMinimum")
_HIGHEST: Final = ("maximum", "exclusiveMaximum")


class NumberLimits(NamedTuple):
    """The lowest and the highest number that fit, or nearly: it is excluded if `open_…`."""

    low: Fraction
    high: Fraction
    open_low: bool
    open_high: bool

    @classmethod
    def of(cls, schema: Mapping[str, Any]) -> NumberLimits:
        """Read the limits of a schema; raise ValueError if no number is between them."""
        lows = [(exact(schema[key]), key != "minimum") for key in _LOWEST if key in schema]
        highs = [(exact(schema[key]), key == "maximum") for key in _HIGHEST if key in schema]
        low, open_low = max(lows, default=(None, False))
        high, closed_high = min(highs, default=(None, True))
        if low is None:
            low = Fraction(0) if high is None or high >= 0 else high - _USUAL_SPAN
        if high is None:
            high = low + _USUAL_SPAN
        if low > high or (low == high and (open_low or not closed_high)):
            raise ValueError("from: the schema has limits without a number between them")
        return cls(low, high, open_low, not closed_high)

    def multiples(self, step: Fraction) -> tuple[int, int]:
        """Return the lowest and the highest number of steps; raise ValueError if there is none."""
        low, high = self.low / step, self.high / step
        first = math.floor(low) + 1 if self.open_low else math.ceil(low)
        last = math.ceil(high) - 1 if self.open_high else math.floor(high)
        if first > last:
            raise ValueError(f"from: the schema has limits without a multiple of {step}")
        return first, last


def exact(number: float) -> Fraction:
    """Return a number as it is written in JSON."""
    return Fraction(number if isinstance(number, int) else str(number))
