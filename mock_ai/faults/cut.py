"""Close the connection (TCP FIN) without the last chunk, so that the body is truncated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mock_ai.actions import HangUp
from mock_ai.position import Placed

if TYPE_CHECKING:
    from mock_ai.actions import Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut(Placed):
    """Lets a part of the stream through, then closes the connection."""

    kind: ClassVar = "cut"

    def apply(self, actions: Actions) -> Actions:
        """Replace what comes after the place by a plain close."""
        before, _ = self.divide(actions)
        return [*before, HangUp()]
