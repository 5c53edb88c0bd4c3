"""Accept the request and never answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from streamproof.mock_ai.actions import HangUp, Hold, start_of

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Keeps the connection open and sends nothing, not even headers, until the client leaves."""

    kind: ClassVar = "silence"

    def apply(self, actions: Actions) -> Actions:
        """Replace the whole stream."""
        return [replace(start_of(actions), sent=False), Hold(), HangUp()]
