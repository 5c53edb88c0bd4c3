"""What came out downstream: frames that somebody behind the mock saw, on the mock's own clock.

The mock knows nothing of who that is. It is told by message, since that is what a relay passes on
and what its retries share; a report may come before the request that it belongs to.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamproof.mock_ai.clock import Clock

MAX_MESSAGES: Final = 200
MAX_FRAMES: Final = 20_000
"""Of one message; later ones are not kept."""
MAX_CHARACTERS: Final = 2 * 1_048_576
"""Of the frames of one message; later ones are not kept."""


class DeliveredFrame(NamedTuple):
    """One event as it left for a client."""

    event: str
    data: str
    id: str = ""


class Delivery(NamedTuple):
    """A frame, when it was seen, and on which of the message's connections, counted from 1."""

    at_ms: float
    connection: int
    frame: DeliveredFrame


class Deliveries:
    """The sightings for the latest messages."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: OrderedDict[str, list[Delivery]] = OrderedDict()
        self._room: dict[str, int] = {}  # in characters, for each of these messages
        self.reported = False
        """Whether anybody has ever reported, or said that it will."""
        self.watchers: list[Callable[[str, int, Sequence[Delivery]], None]] = []
        """Are told the message, how many of it were seen before, and what is new."""

    def report(
        self,
        message_id: str,
        frames: Sequence[DeliveredFrame],
        connection: int = 1,
        ago_ms: float = 0,
    ) -> None:
        """Take note of frames that were seen together."""
        self.reported = True
        seen = self._seen.setdefault(message_id, [])
        self._seen.move_to_end(message_id)
        if len(self._seen) > MAX_MESSAGES:
            oldest, _ = self._seen.popitem(last=False)
            self._room.pop(oldest, None)
        at_ms = self._clock.now_ms() - ago_ms
        before = len(seen)
        for frame in frames[: MAX_FRAMES - before]:
            room = self._room.get(message_id, MAX_CHARACTERS) - sum(map(len, frame))
            if room < 0:
                break
            self._room[message_id] = room
            seen.append(Delivery(at_ms, connection, frame))
        for tell in self.watchers:
            tell(message_id, before, seen[before:])

    def of(self, message_id: str | None) -> Sequence[Delivery]:
        """Return what was seen of a message."""
        return () if message_id is None else self._seen.get(message_id, ())

    def clear(self) -> None:
        """Forget everything."""
        self._seen.clear()
        self._room.clear()
