"""Where in a stream something happens: after a number of events, or of bytes of the body."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from mock_ai.actions import Action, Actions, Send, Start
from mock_ai.errors import NeverReached


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Something that happens at one place; the headers always come before it."""

    after_events: int | None = None
    after_bytes: int | None = None

    def __post_init__(self) -> None:
        """Refuse two places, or none."""
        if (self.after_events is None) == (self.after_bytes is None):
            raise ValueError("wanted one of after_events and after_bytes")

    def divide(self, actions: Actions) -> tuple[list[Action], list[Action]]:
        """Return what comes before the place and what after; raises `NeverReached`."""
        actions = list(actions)
        return divide(actions, self._offset(actions))

    def _offset(self, actions: list[Action]) -> int:
        ends, size = event_ends(actions)
        if self.after_events is not None:
            if self.after_events > len(ends):
                message = f"never reached: the stream has {len(ends)} events"
                raise NeverReached("after_events", f"{message}, not {self.after_events}")
            return [0, *ends][self.after_events]
        wanted = self.after_bytes or 0
        if wanted > size:
            message = f"never reached: the body has {size} bytes, not {wanted}"
            raise NeverReached("after_bytes", message)
        return wanted


def event_ends(actions: list[Action]) -> tuple[list[int], int]:
    """Return where in the body each event is complete, and how long the body is."""
    ends: list[int] = []
    size = 0
    for action in actions:
        if isinstance(action, Send):
            ends += (size + end for end in action.ends)
            size += len(action.data)
    return ends, size


def divide(actions: list[Action], offset: int) -> tuple[list[Action], list[Action]]:
    """Divide a stream as soon as that many bytes of its body are out."""
    before: list[Action] = []
    todo = iter(actions)
    for action in todo:
        if isinstance(action, Start):
            before.append(action)
            continue
        if offset == 0:
            return before, [action, *todo]
        if isinstance(action, Send):
            if offset < len(action.data):
                first, second = action.cut([offset])
                return [*before, first], [second, *todo]
            offset -= len(action.data)
        before.append(action)
    return before, list(chain(todo))
