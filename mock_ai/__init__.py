"""The test double: replays scripted SSE scenarios over real sockets, byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamproof.mock_ai.embedded import MockAI as MockAI

__all__ = ["MockAI"]


def __getattr__(name: str) -> object:
    """Import `MockAI` when it is first asked for: a server costs more than an import may."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from streamproof.mock_ai.embedded import MockAI

    return MockAI
