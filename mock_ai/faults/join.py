"""Hold bytes back until a number of events is complete, as a buffering proxy does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mock_ai.actions import Send, Wait

if TYPE_CHECKING:
    from mock_ai.actions import Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Sends several events in one chunk, at the time of the last of them."""

    kind: ClassVar = "join"

    events: int | None = None

    def apply(self, actions: Actions) -> Actions:
        """Gather chunks until they complete enough events; whatever is no silence lets go."""
        held: list[Send] = []
        complete = 0
        for action in actions:
            if isinstance(action, Send):
                held.append(action)
                complete += action.ends_events
            if held and self._lets_go(action, complete):
                yield Send.joined(held)
                held, complete = [], 0
            if not isinstance(action, Send):
                yield action

    def _lets_go(self, action: object, complete: int) -> bool:
        if isinstance(action, Send):
            return self.events is not None and complete >= self.events
        return not isinstance(action, Wait)
