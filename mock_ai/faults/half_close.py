"""Close only the sending half of the connection (TCP FIN), and continue to receive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamproof.mock_ai.actions import HangUp
from streamproof.mock_ai.actions.position import Interruption

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfClose(Interruption):
    """Sends the stream up to its place, then FIN, and receives until the client leaves."""

    kind: ClassVar = "half_close"

    def interrupt(self, missing_bytes: int | None) -> Actions:
        """Return a close of the sending direction."""
        return [HangUp(half=True, missing_bytes=missing_bytes)]
