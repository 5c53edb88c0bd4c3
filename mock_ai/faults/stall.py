"""Stop sending and keep the connection open, for a while or until the client leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamproof.mock_ai.actions import HangUp, Hold, Wait
from streamproof.mock_ai.actions.position import Interruption

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Action, Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall(Interruption):
    """Lets a part of the stream through, then falls silent."""

    kind: ClassVar = "stall"

    for_ms: float | None = None

    def __post_init__(self) -> None:
        """Refuse to leave a chunk open and go on."""
        super(Stall, self).__post_init__()
        if self.for_ms is not None and self.missing_bytes is not None:
            raise ValueError("missing_bytes: what comes after for_ms would not fit")

    def strike(self, before: list[Action], after: list[Action]) -> Actions:
        """Put a silence at the place."""
        if self.for_ms is None:
            return super(Stall, self).strike(before, after)
        return [*before, Wait(self.for_ms), *after]

    def interrupt(self, missing_bytes: int | None) -> Actions:
        """Return a silence without end."""
        return [Hold(), HangUp(missing_bytes=missing_bytes)]
