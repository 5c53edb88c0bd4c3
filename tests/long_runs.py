"""Rows of a table of which the quick run takes some, and the long run all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def some_of(rows: Iterable[Any], every: int, ids: Iterable[str] | None = None) -> list[Any]:
    """Return the rows as parameters; only one of `every` is in the quick run."""
    listed = [row if isinstance(row, tuple) else (row,) for row in rows]
    names: Sequence[str | None] = [None] * len(listed) if ids is None else list(ids)
    return [
        pytest.param(*row, id=name, marks=[pytest.mark.prove] if number % every else [])
        for number, (row, name) in enumerate(zip(listed, names, strict=True))
    ]
