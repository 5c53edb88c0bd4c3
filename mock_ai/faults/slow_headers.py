"""Answer late: send nothing for a while, then the headers and the rest at its pace."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from streamproof.mock_ai.actions import Start

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowHeaders:
    """Delays the whole reply by `after_ms` milliseconds."""

    kind: ClassVar = "slow_headers"

    after_ms: float

    def apply(self, actions: Actions) -> Actions:
        """Add a delay before the headers."""
        for action in actions:
            if isinstance(action, Start):
                yield replace(action, after_ms=action.after_ms + self.after_ms)
            else:
                yield action
