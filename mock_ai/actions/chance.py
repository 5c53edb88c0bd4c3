"""Deterministic pseudo-random numbers: the same on every machine and every version of Python."""

from __future__ import annotations

from hashlib import blake2b


def chance(*names: object) -> float:
    """Return a number in [0, 1) for a seed and the names that distinguish this draw from others."""
    digest = blake2b(":".join(map(str, names)).encode("utf-8", "replace"), digest_size=6).digest()
    return int.from_bytes(digest) / (1 << 48)
