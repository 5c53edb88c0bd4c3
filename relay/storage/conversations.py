"""Rooms and their messages. Every query checks the owner: data of other users is never found.

Each function runs on the connection that it gets; none of them begins or commits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import Select, bindparam, func, insert, or_, select

from streamproof.contracts.messages import Source
from streamproof.relay.errors import NotFound
from streamproof.relay.lifecycle import TurnStatus
from streamproof.relay.storage import tables
from streamproof.relay.storage.dialects import insert_if_missing
from streamproof.relay.storage.legible import legible_rows
from streamproof.relay.storage.pages import Position, ResultPage, read_page, read_positions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection


@dataclass(frozen=True, slots=True)
class Room:
    """A chat room."""

    id: str
    title: str | None
    created_at: datetime


class TurnIds(NamedTuple):
    """A turn, and the user's message that it answers."""

    turn_id: str
    message_id: str


@dataclass(frozen=True, slots=True)
class HistoryTurn:
    """A turn as the history shows it."""

    id: str
    status: str
    reason: str | None
    partial: str | None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A message in the history, with its sources and its turn."""

    id: str
    sender: str
    message: str
    html: str | None
    created_at: datetime
    sources: tuple[Source, ...]
    turn: HistoryTurn | None


_OWNED_ROOM: Final = select(tables.room.c.id).where(
    tables.room.c.id == bindparam("room"), tables.room.c.userId == bindparam("user")
)
_LOCK_ROOM: Final = _OWNED_ROOM.join(
    tables.user, tables.user.c.id == tables.room.c.userId
).with_for_update(key_share=True)
_OWNED_TURN: Final = (
    select(tables.turn.c.id, tables.turn.c.user_message_id)
    .join(tables.room, tables.room.c.id == tables.turn.c.room_id)
    .where(tables.turn.c.id == bindparam("turn"), tables.room.c.userId == bindparam("user"))
)


def create_room(
    connection: Connection, user_id: str, room: Room, *, creates_chat_tables: bool = True
) -> None:
    """Add a room, and its user if `creates_chat_tables` is set.

    Otherwise raises `NotFound` for a user that does not exist.
    """
    if creates_chat_tables:
        connection.execute(insert_if_missing(connection.dialect.name, tables.user), {"id": user_id})
    elif not connection.scalar(select(tables.user.c.id).where(tables.user.c.id == user_id)):
        raise NotFound("No such user")
    connection.execute(
        insert(tables.room).values(
            id=room.id, userId=user_id, title=room.title, createdAt=room.created_at
        )
    )


def rooms(
    connection: Connection, user_id: str, *, limit: int, after: Position | None = None
) -> ResultPage[Room]:
    """Return a user's rooms, newest first; those that cannot be read are left out."""
    owned = tables.room.c.userId == user_id
    page = read_page(connection, tables.room, owned, limit=limit, after=after, newest_first=True)
    return ResultPage(
        tuple(Room(row.id, row.title, row.createdAt) for row in page.items), page.next
    )


def check_room(connection: Connection, user_id: str, room_id: str) -> None:
    """Raise `NotFound` unless this user owns the room."""
    if connection.execute(_OWNED_ROOM, {"room": room_id, "user": user_id}).first() is None:
        raise NotFound("No such room")


def lock_room(connection: Connection, user_id: str, room_id: str) -> None:
    """Let other questions of this user, and other messages of this room, wait for this one.

    Raises `NotFound` unless this user owns the room.
    """
    if connection.execute(_LOCK_ROOM, {"room": room_id, "user": user_id}).first() is None:
        raise NotFound("No such room")


def owned_turn(connection: Connection, user_id: str, turn_id: str) -> TurnIds:
    """Return the IDs of a turn; raises `NotFound` unless it is in a room of this user."""
    row = connection.execute(_OWNED_TURN, {"turn": turn_id, "user": user_id}).one_or_none()
    if row is None:
        raise NotFound("No such turn")
    return TurnIds(*row)


def running_turn(
    connection: Connection, user_id: str, room_id: str | None = None
) -> TurnIds | None:
    """Return the running turn of a room, or of the user's newest room; None if no turn runs.

    Raises `NotFound` unless this user owns the room.
    """
    if room_id is None:
        room_id = _newest_room(connection, user_id)
        if room_id is None:
            return None
    check_room(connection, user_id, room_id)
    query = select(tables.turn.c.id, tables.turn.c.user_message_id).where(
        tables.turn.c.room_id == room_id, tables.turn.c.status == TurnStatus.running
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else TurnIds(*row)


def _newest_room(connection: Connection, user_id: str) -> str | None:
    """Return the newest room, also one that no list shows: a turn runs whatever its title is."""
    owned = tables.room.c.userId == user_id
    newest = read_positions(connection, tables.room, owned, limit=1, newest_first=True)
    return newest[0].id if newest else None


def history(
    connection: Connection,
    user_id: str,
    room_id: str,
    *,
    limit: int,
    max_bytes: int,
    after: Position | None = None,
) -> ResultPage[HistoryEntry]:
    """Return the messages of a room, oldest first; raises `NotFound` unless this user owns it.

    The page ends before the message with which it would have more than about `max_bytes`, but has
    at least one. Messages that cannot be read are left out.
    """
    check_room(connection, user_id, room_id)
    page = read_page(
        connection,
        tables.message,
        tables.message.c.aiChatRoomId == room_id,
        limit=limit,
        after=after,
        fitting=lambda ids: _fitting(connection, ids, max_bytes),
    )
    rows = page.items
    ids = [row.id for row in rows]
    turns = _turns(connection, ids)
    sources = _sources_of_answers(connection, ids)
    linked = _linked_knowledge(connection, [i for i in ids if i not in sources])
    return ResultPage(
        tuple(
            HistoryEntry(
                row.id,
                row.sender,
                row.message,
                row.htmlFormattedMessage,
                row.createdAt,
                tuple(sources.get(row.id) or linked.get(row.id) or ()),
                turns.get(row.id),
            )
            for row in rows
        ),
        page.next,
    )


def _fitting(connection: Connection, message_ids: Sequence[str], max_bytes: int) -> int:
    """Return how many of these messages fit into a page, at least one, without reading them."""
    message, turn, source = tables.message.c, tables.turn.c, tables.source.c
    shown = select(func.sum(func.length(source.content) + func.length(source.title))).where(
        source.turn_id == turn.id
    )
    parts = (
        func.length(message.message),
        func.length(message.htmlFormattedMessage),
        select(func.length(turn.partial)).where(turn.user_message_id == message.id),
        select(shown.scalar_subquery()).where(turn.ai_message_id == message.id),
    )
    sizes = select(
        message.id,
        *(func.coalesce(p.scalar_subquery() if isinstance(p, Select) else p, 0) for p in parts),
    ).where(message.id.in_(message_ids))
    size_of = {key: sum(size) for key, *size in connection.execute(sizes)}
    left = max_bytes
    for count, key in enumerate(message_ids):
        left -= size_of[key]
        if left < 0:
            return max(1, count)
    return len(message_ids)


def _turns(connection: Connection, message_ids: Sequence[str]) -> dict[str, HistoryTurn]:
    """Return the turn of each message that has one, by message: questions and answers."""
    turn = tables.turn.c
    query = select(tables.turn).where(
        or_(turn.user_message_id.in_(message_ids), turn.ai_message_id.in_(message_ids))
    )
    found: dict[str, HistoryTurn] = {}
    for row in connection.execute(query):
        history_turn = HistoryTurn(row.id, row.status, row.reason, row.partial)
        found[row.user_message_id] = found[row.ai_message_id] = history_turn
    return found


def _sources_of_answers(
    connection: Connection, message_ids: Sequence[str]
) -> dict[str, list[Source]]:
    """Return the sources that each answer of the relay showed."""
    source = tables.source.c
    query = (
        select(tables.turn.c.ai_message_id, source.source_id, source.title, source.content)
        .join(tables.turn, tables.turn.c.id == source.turn_id)
        .where(tables.turn.c.ai_message_id.in_(message_ids))
        .order_by(source.turn_id, source.position)
    )
    return _grouped(connection.execute(query))


def _linked_knowledge(
    connection: Connection, message_ids: Sequence[str]
) -> dict[str, list[Source]]:
    """Return the knowledge that is linked to messages: the sources of another program's answers."""
    link, knowledge = tables.message_knowledge.c, tables.knowledge.c
    query = (
        select(link.aiChatRoomMessageId, tables.knowledge)
        .join(tables.knowledge, knowledge.id == link.knowledgeId)
        .where(link.aiChatRoomMessageId.in_(message_ids))
        .order_by(link.id)
    )
    return _grouped(legible_rows(tables.knowledge, connection.execute(query)))


def _grouped(rows: Iterable[Any]) -> dict[str, list[Source]]:
    found: dict[str, list[Source]] = {}
    for message_id, source_id, title, content in rows:
        found.setdefault(message_id, []).append(Source(source_id, title, content))
    return found
