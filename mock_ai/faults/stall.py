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
    """Sends the stream up to its place, then nothing for `for_ms`, or until the client leaves."""

    kind: ClassVar = "stall"

    for_ms: float | None = None

    def __post_init__(self) -> None:
        """Reject an unfinished chunk before more chunks."""
        super(Stall, self).__post_init__()
        if self.for_ms is not None and self.missing_bytes is not None:
            raise ValueError("wanted only one of for_ms and missing_bytes: no chunk can follow")

    def strike(self, before: list[Action], after: list[Action]) -> Actions:
        """Put the silence at the place."""
        if self.for_ms is None:
            return super(Stall, self).strike(before, after)
        return [*before, Wait(self.for_ms), *after]

    def interrupt(self, missing_bytes: int | None) -> Actions:
        """Return a silence that lasts until the client leaves."""
        return [Hold(), HangUp(missing_bytes=missing_bytes)]
