"""Which turn of a room a user can stop, and the state of a turn.

Each function runs on the connection that it gets; none of them begins or commits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from streamproof.relay.errors import NotFound
from streamproof.relay.storage import tables
from streamproof.relay.storage.conversations import check_room
from streamproof.relay.storage.moments import in_utc

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


def turn_to_stop(
    connection: Connection, user_id: str, room_id: str, turn_id: str | None = None
) -> str | None:
    """Return the ID of this turn of the room; without an ID, of the running or newest one.

    Returns None if the room has no turn. Raises `NotFound` unless this user owns the room, and the
    turn is in it.
    """
    check_room(connection, user_id, room_id)
    turn = tables.turn.c
    query = (
        select(turn.id)
        .join(tables.message, tables.message.c.id == turn.user_message_id)
        .where(turn.room_id == room_id)
        # The moments of a room grow, so the question of the running turn is the newest one.
        .order_by(in_utc(tables.message.c.createdAt).desc(), tables.message.c.id.desc())
        .limit(1)
    )
    if turn_id is not None:
        query = query.where(turn.id == turn_id)
    found: str | None = connection.scalar(query)
    if found is None and turn_id is not None:
        raise NotFound("No such turn")
    return found


def turn_status(connection: Connection, turn_id: str) -> str:
    """Return the state of a turn; raises `NotFound` if it was deleted meanwhile."""
    status: str | None = connection.scalar(
        select(tables.turn.c.status).where(tables.turn.c.id == turn_id)
    )
    if status is None:
        raise NotFound("No such turn")
    return status
