"""Named data rules: what neither the order of events nor the shape of one can say.

A rule sees the events of one stream one by one and returns what is wrong with each.
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
    """Every frame has the id `{turnId}:{n}`; n counts from 0 or from the last id, without holes."""

    def __init__(self, *, resumed: bool, last_event_id: str) -> None:
        last = _FRAME_ID.fullmatch(last_event_id)
        self._turn = last[1] if last else None
        self._next: int | None = int(last[2]) + 1 if last else None if resumed else 0

    def event(self, event: Event) -> str | None:
        """Compare the id with the one that is due."""
        found = _FRAME_ID.fullmatch(event.id)
        turn, due = self._turn, self._next
        if due is not None:
            self._next = due + 1
        if not found:
            return f"wanted an id like {turn or '{turnId}'}:{due or 0}, got '{event.id}'"
        self._turn, self._next = found[1], int(found[2]) + 1
        if turn not in (None, found[1]) or due not in (None, int(found[2])):
            return f"wanted the id {turn or found[1]}:{due or 0}, got '{event.id}'"
        return None


class MessageNames:
    """A message travels under its own event name, and nothing is named `start`."""

    def __init__(self, *, resumed: bool, last_event_id: str) -> None:
        """Take what every rule is given; this one needs none of it."""

    def event(self, event: Event) -> str | None:
        """Look for a message that no listener would find under this name."""
        if event.event == "start":
            return "no frame is named 'start'; the start frame has no event name"
        if frame_kind(event) is not FrameKind.OTHER:
            return None
        message = read_message(event.data)
        if isinstance(message, Content | Sources | End):
            name = EVENT_NAMES[type(message)]
            return f"a '{message.type}' body travels as '{event.event}', wanted '{name}'"
        return None


RULES: Final[Mapping[str, type[FrameIds | MessageNames]]] = {
    "frame-ids": FrameIds,
    "message-names": MessageNames,
}
"""The rules by the name that contract files use, which is also the id of their check."""
