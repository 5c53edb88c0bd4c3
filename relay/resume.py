"""Finds where a browser connection begins: which turn, and after which frame."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from streamproof.relay.errors import BadRequest, Conflict, Gone, NotFound
from streamproof.relay.storage import conversations

if TYPE_CHECKING:
    from streamproof.relay.log.base import EventLog, LogHead
    from streamproof.relay.storage.conversations import TurnIds
    from streamproof.relay.storage.transaction import Database

_FRAME_ID: Final = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):(0|[1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """Where a connection begins: after frame `after` of a turn; -1 for the whole turn."""

    turn_id: str
    message_id: str
    """The user's message that the turn answers."""
    after: int = -1


class ResumeFinder:
    """Finds where a user's connection begins; None if there is nothing to stream."""

    def __init__(self, database: Database, log: EventLog) -> None:
        self._database = database
        self._log = log

    async def after_frame(self, user_id: str, last_event_id: str) -> ResumePoint | None:
        """Continue after the frame with this ID.

        Raises `BadRequest` for an ID that no frame of this user has, with the same text in all
        cases; `Conflict` for an ID ahead of the log; `Gone` if the frames after it were purged.
        """
        unknown = BadRequest("Last-Event-ID is not known")
        match = _FRAME_ID.fullmatch(last_event_id)
        if match is None:
            raise unknown
        turn_id, n = match[1], int(match[2])
        try:
            turn, head = await self._turn(user_id, turn_id)
        except NotFound:
            raise unknown from None
        if n >= head.count:
            raise Conflict("Last-Event-ID is ahead of the log")
        if head.is_complete_after(n):
            return None
        return _unless_purged(head, ResumePoint(*turn, after=n))

    async def whole_turn(self, user_id: str, turn_id: str) -> ResumePoint:
        """Begin at the start of a turn; raises `NotFound`, and `Gone` if it was purged."""
        turn, head = await self._turn(user_id, turn_id)
        return _unless_purged(head, ResumePoint(*turn))

    async def running(self, user_id: str, room_id: str | None) -> ResumePoint | None:
        """Begin at the start of the running turn of a room, or of the user's newest room.

        Raises `NotFound` unless this user owns the room.
        """
        find = partial(conversations.running_turn, user_id=user_id, room_id=room_id)
        turn = await self._database.read(find)
        return None if turn is None else ResumePoint(*turn)

    async def _turn(self, user_id: str, turn_id: str) -> tuple[TurnIds, LogHead]:
        find = partial(conversations.owned_turn, user_id=user_id, turn_id=turn_id)
        turn = await self._database.read(find)
        head = await self._log.head(turn_id)
        if head is None:  # the turn was deleted between the two reads
            raise NotFound("No such turn")
        return turn, head


def _unless_purged(head: LogHead, point: ResumePoint) -> ResumePoint:
    if head.purged:
        raise Gone("These frames are gone; read the history")
    return point
