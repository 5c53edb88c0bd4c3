"""Guesses what a misspelt word was meant to be."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """Return a help text that names the nearest candidate, or None where none is near."""
    by_folded = {candidate.casefold(): candidate for candidate in candidates}
    nearest = get_close_matches(word.casefold(), by_folded, n=1)
    return f"did you mean '{by_folded[nearest[0]]}'?" if nearest else None
