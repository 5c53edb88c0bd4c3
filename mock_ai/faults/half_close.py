"""Close only the sending half of the connection (TCP FIN), and go on listening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamproof.mock_ai.actions import HangUp
from streamproof.mock_ai.actions.position import Interruption

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfClose(Interruption):
    """Lets a part of the stream through, then sends FIN and stays until the client leaves."""

    kind: ClassVar = "half_close"

    def interrupt(self, missing_bytes: int | None) -> Actions:
        """Return a close of one direction."""
        return [HangUp(half=True, missing_bytes=missing_bytes)]
