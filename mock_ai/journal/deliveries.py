"""Deliveries: the frames that a relay sent on to its browsers, with times on the mock's own clock.

The mock does not know the relay; the relay, or a test of it, reports the frames. A report names the
message, because a relay passes the message ID on and all its retries share it. A report can come
before the request that it belongs to.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamproof.mock_ai.clock import Clock

MAX_MESSAGES: Final = 200
MAX_FRAMES: Final = 20_000
"""Of one message; later frames are dropped."""
MAX_CHARACTERS: Final = 2 * 1_048_576
"""Of all frames of one message; later frames are dropped."""


class DeliveredFrame(NamedTuple):
    """One SSE event as it was sent to a browser."""

    event: str
    data: str
    id: str = ""


class Delivery(NamedTuple):
    """A frame, when it was delivered, and on which connection of its message, counted from 1."""

    at_ms: float
    connection: int
    frame: DeliveredFrame


class Deliveries:
    """The deliveries of the latest messages."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._deliveries: OrderedDict[str, list[Delivery]] = OrderedDict()
        self._characters_left: dict[str, int] = {}
        self.reported = False
        """Whether a relay has reported a delivery, or announced that it will."""
        self.watchers: list[Callable[[str, int, Sequence[Delivery]], None]] = []
        """Called with the message, its number of earlier deliveries, and the new ones."""

    def report(
        self,
        message_id: str,
        frames: Sequence[DeliveredFrame],
        connection: int = 1,
        ago_ms: float = 0,
    ) -> None:
        """Note frames of one message that were delivered together, `ago_ms` milliseconds ago."""
        self.reported = True
        kept = self._deliveries.setdefault(message_id, [])
        self._deliveries.move_to_end(message_id)
        if len(self._deliveries) > MAX_MESSAGES:
            oldest, _ = self._deliveries.popitem(last=False)
            self._characters_left.pop(oldest, None)
        at_ms = self._clock.now_ms() - ago_ms
        before = len(kept)
        for frame in frames[: MAX_FRAMES - before]:
            left = self._characters_left.get(message_id, MAX_CHARACTERS) - sum(map(len, frame))
            if left < 0:
                break
            self._characters_left[message_id] = left
            kept.append(Delivery(at_ms, connection, frame))
        for watcher in self.watchers:
            watcher(message_id, before, kept[before:])

    def of(self, message_id: str | None) -> Sequence[Delivery]:
        """Return the deliveries of a message, oldest first."""
        return () if message_id is None else self._deliveries.get(message_id, ())

    def clear(self) -> None:
        """Forget all deliveries."""
        self._deliveries.clear()
        self._characters_left.clear()
