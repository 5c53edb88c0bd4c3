"""Checks of keys that exclude each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def check_exclusive(values: object, keys: Sequence[str], *, needed: bool = True) -> None:
    """Raise ValueError if several of the keys have a value, or if one is needed and none has."""
    given = [key for key in keys if getattr(values, key) is not None]
    if len(given) > 1 or (needed and not given):
        wanted = f"{'exactly' if needed else 'at most'} one of {_listed(keys)}"
        raise ValueError(f"wanted {wanted}, got {_listed(given) or 'none'}")


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
