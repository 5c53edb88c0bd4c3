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
    """Sends the stream up to its place, then closes the connection."""

    kind: ClassVar = "cut"

    def interrupt(self, missing_bytes: int | None) -> Actions:
        """Return a close by FIN."""
        return [HangUp(missing_bytes=missing_bytes)]
