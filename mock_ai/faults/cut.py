"""Close the connection (TCP FIN) without the last chunk, so that the body is truncated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamproof.mock_ai.actions import HangUp
from streamproof.mock_ai.actions.position import Interruption

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut(Interruption):
    """Lets a part of the stream through, then closes the connection."""

    kind: ClassVar = "cut"

    def interrupt(self, missing_bytes: int | None) -> Actions:
        """Return a plain close."""
        return [HangUp(missing_bytes=missing_bytes)]
