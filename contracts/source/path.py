"""Paths that lead to a value inside a document."""

from __future__ import annotations

from typing import TypeAlias

DocumentPath: TypeAlias = tuple[str | int, ...]
"""The keys and indices from the root of a document to one of its values."""


def format_path(path: DocumentPath) -> str:
    """Write a path as `steps[1].wait_ms`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")
