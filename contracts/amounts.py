"""Amounts as people and programs like to read them."""

from __future__ import annotations

from typing import Final, overload

_MS_DECIMALS: Final = 3  # microseconds: what follows is noise of the clock, or of a division


def counted(number: int, noun: str) -> str:
    """Write a number with its noun, as `1 event` or `2 events`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@overload
def rounded_ms(ms: float) -> float: ...
@overload
def rounded_ms(ms: None) -> None: ...
@overload
def rounded_ms(ms: float | None) -> float | None: ...
def rounded_ms(ms: float | None) -> float | None:
    """Return milliseconds to the microsecond, for JSON."""
    return None if ms is None else round(ms, _MS_DECIMALS)
