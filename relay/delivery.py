"""Reports of the frames that were sent to browsers, for the program that runs the relay."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamproof.relay.frames import Frame

MAX_COUNTED_TURNS: Final = 1000
"""Bounds the memory for the numbers; the oldest turns are forgotten first."""


@dataclass(frozen=True, slots=True)
class SentFrames:
    """Frames that one browser connection was given together."""

    turn_id: str
    message_id: str
    """The user's message that the turn answers."""
    connection: int
    """Which connection of the turn it is, counted from 1."""
    frames: Sequence[Frame]


class ConnectionNumbers:
    """Numbers the browser connections of each turn from 1."""

    def __init__(self, max_turns: int = MAX_COUNTED_TURNS) -> None:
        self._max_turns = max_turns
        self._counts: OrderedDict[str, int] = OrderedDict()

    def next(self, turn_id: str) -> int:
        """Return the number of a new connection of a turn."""
        number = self._counts.get(turn_id, 0) + 1
        self._counts[turn_id] = number
        self._counts.move_to_end(turn_id)
        if len(self._counts) > self._max_turns:
            self._counts.popitem(last=False)
        return number
