"""Reset the connection (TCP RST) after all earlier bytes have arrived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamproof.mock_ai.actions import HangUp
from streamproof.mock_ai.actions.position import Interruption

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset(Interruption):
    """Sends the stream up to its place, then resets the connection."""

    kind: ClassVar = "reset"

    def interrupt(self, missing_bytes: int | None) -> Actions:
        """Return a reset."""
        return [HangUp(reset=True, missing_bytes=missing_bytes)]
