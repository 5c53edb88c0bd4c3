"""Stop sending and keep the connection open, for a while or until the client leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mock_ai.actions import HangUp, Hold, Wait
from mock_ai.actions.position import Placed

if TYPE_CHECKING:
    from mock_ai.actions import Action, Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall(Placed):
    """Lets a part of the stream through, then falls silent."""

    kind: ClassVar = "stall"

    for_ms: float | None = None

    def strike(self, before: list[Action], after: list[Action]) -> Actions:
        """Put a silence at the place; an endless one leaves nothing to send after it."""
        if self.for_ms is None:
            return [*before, Hold(), HangUp()]
        return [*before, Wait(self.for_ms), *after]
