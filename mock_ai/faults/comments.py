"""Flood the stream with comments, which readers ignore."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamproof.contracts.sse import encode_comment
from streamproof.mock_ai.actions import Send, Wait
from streamproof.mock_ai.actions.counting import recounted
from streamproof.mock_ai.actions.position import Placed

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Action, Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class Comments(Placed):
    """Puts many comments at one place."""

    kind: ClassVar = "comments"

    count: int
    text: str = "keep-alive"
    gap_ms: float | None = None

    def strike(self, before: list[Action], after: list[Action]) -> Actions:
        """Send every comment in a chunk of its own; with `gap_ms` each is also a separate write."""
        flood: list[Action] = []
        for _ in range(self.count):
            if self.gap_ms is not None:
                flood.append(Wait(self.gap_ms))
            flood.append(Send(encode_comment(self.text)))
        return recounted([*before, *flood, *after])
