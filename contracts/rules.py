"""The named rules of contracts, which neither a sequence nor a schema can express.

A rule gets the events of one stream one by one, and returns what is wrong with each.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from streamproof.contracts.frames import FrameKind, frame_kind
from streamproof.contracts.messages import EVENT_NAMES, Content, End, Sources, read_message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamproof.contracts.sse import Event

_FRAME_ID: Final = re.compile(r"(.+):(0|[1-9][0-9]{0,17})")


class FrameIds:
    """Frames have the IDs `{turnId}:{n}`; n counts from 0 or from the last ID, without gaps."""

    def __init__(self, *, resumed: bool, last_event_id: str) -> None:
        last = _FRAME_ID.fullmatch(last_event_id)
        self._turn = last[1] if last else None
        self._next: int | None = int(last[2]) + 1 if last else None if resumed else 0

    def event(self, event: Event) -> str | None:
        """Return what is wrong with the ID, or None."""
        found = _FRAME_ID.fullmatch(event.id)
        turn, expected = self._turn, self._next
        if expected is not None:
            self._next = expected + 1
        if not found:
            return f"wanted an ID like {turn or '{turnId}'}:{expected or 0}, got '{event.id}'"
        self._turn, self._next = found[1], int(found[2]) + 1
        if turn not in (None, found[1]) or expected not in (None, int(found[2])):
            return f"wanted the ID {turn or found[1]}:{expected or 0}, got '{event.id}'"
        return None


class MessageNames:
    """A message has the event name of its kind, and no frame is named `start`."""

    def __init__(self, *, resumed: bool, last_event_id: str) -> None:
        """Take the arguments that all rules get; this rule does not need them."""

    def event(self, event: Event) -> str | None:
        """Return what is wrong with the event name, or None."""
        if event.event == "start":
            return "the event name is 'start'; the start frame has no event name"
        if frame_kind(event) is not FrameKind.OTHER:
            return None
        message = read_message(event.data)
        if isinstance(message, Content | Sources | End):
            name = EVENT_NAMES[type(message)]
            return f"the event name of a '{message.type}' is '{event.event}', wanted '{name}'"
        return None


RULES: Final[Mapping[str, type[FrameIds | MessageNames]]] = {
    "frame-ids": FrameIds,
    "message-names": MessageNames,
}
"""The rules by name. The name is used in contract files, and is the ID of the check."""
