"""Where a connection begins: which turn, after which frame, or that there is nothing to stream."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from streamproof.relay.errors import BadRequest, Conflict, Gone, NotFound
from streamproof.relay.storage import conversations

if TYPE_CHECKING:
    from streamproof.relay.log.base import EventLog, LogHead
    from streamproof.relay.storage.transaction import Database

_FRAME_ID: Final = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):(0|[1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """A turn, and the number of the frame after which to go on; -1 for all of it."""

    turn_id: str
    after: int = -1


def frame_id(turn_id: str, n: int) -> str:
    """Return the `id` of a frame on the wire."""
    return f"{turn_id}:{n}"


class ResumeFinder:
    """Finds where a user's connection begins; None says that there is nothing to stream."""

    def __init__(self, database: Database, log: EventLog) -> None:
        self._database = database
        self._log = log

    async def after_frame(self, user_id: str, last_event_id: str) -> ResumePoint | None:
        """Go on after a frame.

        Raises `BadRequest` for an id that no frame of this user has, the same whatever is wrong
        with it; `Conflict` for one ahead of the log, `Gone` where what follows was purged.
        """
        unknown = BadRequest("Last-Event-ID is not known")
        match = _FRAME_ID.fullmatch(last_event_id)
        if match is None:
            raise unknown
        turn_id, n = match[1], int(match[2])
        try:
            head = await self._head(user_id, turn_id)
        except NotFound:
            raise unknown from None
        if n >= head.count:
            raise Conflict("Last-Event-ID is ahead of the log")
        if head.is_all_seen(n):
            return None
        return _kept(head, ResumePoint(turn_id, n))

    async def whole_turn(self, user_id: str, turn_id: str) -> ResumePoint:
        """Give a turn from its start; raises `NotFound`, and `Gone` where it was purged."""
        return _kept(await self._head(user_id, turn_id), ResumePoint(turn_id))

    async def running(self, user_id: str, room_id: str | None) -> ResumePoint | None:
        """Give the running turn of a room, or of the newest one; raises `NotFound`."""
        find = partial(conversations.running_turn, user_id=user_id, room_id=room_id)
        turn_id = await self._database.read(find)
        return ResumePoint(turn_id) if turn_id else None

    async def _head(self, user_id: str, turn_id: str) -> LogHead:
        owned = partial(conversations.owned_turn, user_id=user_id, turn_id=turn_id)
        await self._database.read(owned)
        head = await self._log.head(turn_id)
        if head is None:
            raise NotFound("No such turn")
        return head


def _kept(head: LogHead, start: ResumePoint) -> ResumePoint:
    if head.purged:
        raise Gone("These frames are gone; read the history")
    return start
