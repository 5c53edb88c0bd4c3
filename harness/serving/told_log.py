"""A relay's log that tells the mock what its readers have been given.

Every connection to a browser reads the log by `follow`, and comes back for more once it has handed
over what it got: that is when frames count as seen. Nothing of the relay is changed by it.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.journal.deliveries import DeliveredFrame as Seen
from streamproof.relay.log.base import EventLog
from streamproof.relay.resume import frame_id

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
    from datetime import datetime

    from streamproof.mock_ai.journal.deliveries import Deliveries
    from streamproof.relay.log.base import LogHead
    from streamproof.relay.storage.transaction import Unit
    from streamproof.relay.turn import Frame

MAX_TURNS: Final = 200
DEFAULT_NAME: Final = "message"


class ToldLog(EventLog):
    """The same log; `message_of` finds the message that a turn answers."""

    def __init__(
        self,
        log: EventLog,
        downstream: Deliveries,
        message_of: Callable[[str], Awaitable[str | None]],
    ) -> None:
        super().__init__()
        self._log = log
        self._downstream = downstream
        self._message_of = message_of
        self._messages: OrderedDict[str, str | None] = OrderedDict()
        self._connections: Counter[str] = Counter()

    async def append(
        self, turn_id: str, frames: Sequence[Frame], also: Unit[object] | None = None
    ) -> None:
        """Add frames."""
        await self._log.append(turn_id, frames, also)

    async def read(self, turn_id: str, after: int) -> list[Frame]:
        """Return the next frames."""
        return await self._log.read(turn_id, after)

    async def head(self, turn_id: str) -> LogHead | None:
        """Return how far the log is."""
        return await self._log.head(turn_id)

    async def purge(self, sealed_before: datetime) -> int:
        """Forget old frames."""
        return await self._log.purge(sealed_before)

    async def follow(
        self, turn_id: str, after: int, silence_seconds: float
    ) -> AsyncGenerator[list[Frame]]:
        """Yield the frames to one connection, and tell of each lot once it is gone."""
        message_id = await self._message(turn_id)
        self._connections[turn_id] += 1
        connection = self._connections[turn_id]
        async with aclosing(self._log.follow(turn_id, after, silence_seconds)) as lots:
            async for frames in lots:
                yield frames
                if message_id is not None and frames:
                    seen = [
                        Seen(frame.event or DEFAULT_NAME, frame.data, frame_id(turn_id, frame.n))
                        for frame in frames
                    ]
                    self._downstream.report(message_id, seen, connection)

    async def _message(self, turn_id: str) -> str | None:
        if turn_id not in self._messages:
            self._messages[turn_id] = await self._message_of(turn_id)
            if len(self._messages) > MAX_TURNS:
                forgotten, _ = self._messages.popitem(last=False)
                del self._connections[forgotten]
        return self._messages[turn_id]
