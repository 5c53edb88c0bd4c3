"""Send an event too late: after events that should follow it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamproof.contracts.text import counted
from streamproof.mock_ai.actions.event_faults import EventFault, no_bytes, sent_event
from streamproof.mock_ai.actions.slicing import EventBytes, event_ends, with_events_apart
from streamproof.mock_ai.errors import NeverReached

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class Reorder(EventFault):
    """Moves chosen events behind later ones; the times stay, the bytes change places."""

    kind: ClassVar = "reorder"

    behind: int = 1

    def apply(self, actions: Actions) -> Actions:
        """Send the events in another order; raise `NeverReached` if too few events follow."""
        actions = list(actions)
        order = self._order(len(event_ends(actions)[0]), self.numbers(actions))
        moved = [place for place, number in enumerate(order, start=1) if place != number]
        parts = list(with_events_apart(actions, moved))
        events = {part.number: part for part in parts if isinstance(part, EventBytes)}
        if events.keys() < set(moved):
            raise ValueError(no_bytes(min(set(moved) - events.keys())))
        for part in parts:
            if isinstance(part, EventBytes):
                yield from part.silences
                event = events[order[part.number - 1]]
                yield sent_event(event, event.data, part.before)
            else:
                yield part

    def _order(self, count: int, chosen: list[int]) -> list[int]:
        if self.chance is None and chosen[0] + self.behind > count:
            later = counted(count - chosen[0], "event")
            message = f"never reached: event {chosen[0]} has {later} after it, not {self.behind}"
            raise NeverReached("behind", message)
        order = list(range(1, count + 1))
        for number in chosen:
            # Of the events before it, at most `behind` are already after it.
            place = order.index(number, max(0, number - 1 - self.behind))
            order.insert(place + self.behind, order.pop(place))
        return order
