"""Take the request and close the connection without an answer, by FIN or RST."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from mock_ai.actions import HangUp, start_of

if TYPE_CHECKING:
    from mock_ai.actions import Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUpFirst:
    """Sends no byte, not even headers."""

    kind: ClassVar = "hang_up"

    reset: bool = False

    def apply(self, actions: Actions) -> Actions:
        """Replace the whole stream."""
        return [replace(start_of(actions), sent=False), HangUp(reset=self.reset)]
