"""The rows of a turn: its question, its state, and its answer with the sources.

Each function runs on the connection that it gets; none of them begins or commits.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import Text, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from streamproof.relay.anomalies import excerpt
from streamproof.relay.errors import Conflict, ReplyRunning, TooManyTurns
from streamproof.relay.lifecycle import TurnStatus
from streamproof.relay.storage import tables
from streamproof.relay.storage.conversations import TurnIds, running_turn
from streamproof.relay.storage.dialects import insert_if_missing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from streamproof.contracts.messages import Source
    from streamproof.relay.frames import TurnOutcome

_logger = logging.getLogger(__name__)

# Statements that every turn executes are built once: SQLAlchemy then finds their text at once.
_INSERT_TURN: Final = insert(tables.turn)
_INSERT_MESSAGE: Final = insert(tables.message)
_COUNT_RUNNING: Final = (
    select(func.count())
    .select_from(tables.turn)
    .where(tables.turn.c.user_id == bindparam("user"))
    .where(tables.turn.c.status == TurnStatus.running)
)
_NEWEST: Final = select(func.max(tables.message.c.createdAt)).where(
    tables.message.c.aiChatRoomId == bindparam("room")
)
_LOCK_ROOM: Final = (
    select(tables.room.c.id)
    .join(tables.turn, tables.turn.c.room_id == tables.room.c.id)
    .where(tables.turn.c.id == bindparam("turn"))
    .with_for_update(key_share=True, of=tables.room)
)
_END_TURN: Final = (
    update(tables.turn)
    .where(tables.turn.c.id == bindparam("turn"))
    .values(
        status=bindparam("new_status"),
        reason=bindparam("new_reason"),
        partial=bindparam("new_partial"),
        ai_message_id=bindparam("answer"),
    )
)


@dataclass(frozen=True, slots=True)
class NewTurn:
    """A user's message, and the turn that it starts."""

    turn_id: str
    message_id: str
    room_id: str
    user_id: str
    text: str
    started_at: datetime
    idempotency_key: str | None = None
    """Requests with the same key, user and room are one request."""

    @property
    def question_hash(self) -> str | None:
        """The hash of the text, by which a repeated request is compared; None without a key."""
        if self.idempotency_key is None:
            return None
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """The AI message of a completed turn."""

    message_id: str
    text: str
    html: str
    ended_at: datetime


def repeated_turn(connection: Connection, turn: NewTurn) -> TurnIds | None:
    """Return the turn that an earlier request with the same key started; None for a new key.

    Raises `Conflict` if that request had another text.
    """
    if turn.idempotency_key is None:
        return None
    earlier = connection.execute(
        select(tables.turn.c.id, tables.turn.c.user_message_id, tables.turn.c.question_hash).where(
            tables.turn.c.user_id == turn.user_id,
            tables.turn.c.room_id == turn.room_id,
            tables.turn.c.idempotency_key == turn.idempotency_key,
        )
    ).one_or_none()
    if earlier is None:
        return None
    if earlier.question_hash != turn.question_hash:
        raise Conflict("This Idempotency-Key was used with another message")
    return TurnIds(earlier.id, earlier.user_message_id)


def insert_question(connection: Connection, turn: NewTurn) -> None:
    """Store the user's message of a turn."""
    _insert_message(
        connection,
        turn.message_id,
        turn.room_id,
        "USER",
        message=turn.text,
        created_at=turn.started_at,
    )


def insert_turn(connection: Connection, turn: NewTurn, *, max_running: int) -> None:
    """Store a running turn.

    Raises `ReplyRunning` if another turn is running in the room, which a unique index
    ensures, and `TooManyTurns` if the user then has more than `max_running` of them.
    """
    try:
        with connection.begin_nested():
            connection.execute(
                _INSERT_TURN,
                {
                    "id": turn.turn_id,
                    "user_id": turn.user_id,
                    "room_id": turn.room_id,
                    "user_message_id": turn.message_id,
                    "status": TurnStatus.running,
                    "started_at": turn.started_at,
                    "idempotency_key": turn.idempotency_key,
                    "question_hash": turn.question_hash,
                },
            )
    except IntegrityError as error:
        running = running_turn(connection, turn.user_id, turn.room_id)
        if running is None:
            raise
        raise ReplyRunning(running.turn_id) from error
    if _count_running(connection, turn.user_id) > max_running:
        raise TooManyTurns


def lock_room_of(connection: Connection, turn_id: str) -> str | None:
    """Let other messages of a turn's room wait for this transaction; return the room.

    Returns None if the turn was deleted.
    """
    return connection.execute(_LOCK_ROOM, {"turn": turn_id}).scalar_one_or_none()


def insert_answer(connection: Connection, room_id: str, answer: NewAnswer) -> None:
    """Store the AI message of a turn."""
    _insert_message(
        connection,
        answer.message_id,
        room_id,
        "AI",
        message=answer.text,
        html=answer.html,
        created_at=answer.ended_at,
    )


def insert_sources(connection: Connection, turn_id: str, sources: Sequence[Source]) -> None:
    """Store the sources as the answer showed them; later changes of the knowledge do not count."""
    if not sources:
        return
    connection.execute(
        insert(tables.source),
        [
            {
                "turn_id": turn_id,
                "position": position,
                "source_id": source.id,
                "title": source.title,
                "content": source.content,
            }
            for position, source in enumerate(sources)
        ],
    )


def insert_knowledge(connection: Connection, sources: Sequence[Source]) -> None:
    """Add the knowledge that is missing; rows that exist stay as they are.

    All transactions add it in one order, so that two of them cannot wait for each other.
    """
    if not sources:
        return
    in_order = sorted(sources, key=lambda source: source.id)
    connection.execute(
        insert_if_missing(connection.dialect.name, tables.knowledge),
        [{"id": s.id, "title": s.title, "content": s.content} for s in in_order],
    )


_LINK_IF_KNOWN: Final = insert(tables.message_knowledge).from_select(
    ["id", "aiChatRoomMessageId", "knowledgeId"],
    select(
        bindparam("link", type_=Text), bindparam("message", type_=Text), tables.knowledge.c.id
    ).where(tables.knowledge.c.id == bindparam("source")),
)


def link_sources(
    connection: Connection, message_id: str, sources: Sequence[Source], new_id: Callable[[], str]
) -> None:
    """Link a message to the knowledge of each source; log the sources that have none.

    A source can lack knowledge only if another program owns the chat tables.
    """
    if not sources:
        return
    linked = connection.execute(
        _LINK_IF_KNOWN,
        [{"link": new_id(), "message": message_id, "source": s.id} for s in sources],
    )
    # PostgreSQL's driver does not count what several statements insert.
    if linked.rowcount < len(sources) and (unknown := _unknown(connection, sources)):
        _logger.warning(
            "message %s: %d sources have no knowledge to link: %s",
            message_id,
            len(unknown),
            excerpt(", ".join(unknown)),
        )


def end_turn(
    connection: Connection, turn_id: str, outcome: TurnOutcome, *, answer_id: str | None
) -> None:
    """Store how a turn ended; `answer_id` is the AI message of a completed turn."""
    connection.execute(
        _END_TURN,
        {
            "turn": turn_id,
            "new_status": outcome.status,
            "new_reason": outcome.reason,
            "new_partial": outcome.partial,
            "answer": answer_id,
        },
    )


def running_turns(connection: Connection) -> Sequence[str]:
    """Return the IDs of all running turns, of all users."""
    running = select(tables.turn.c.id).where(tables.turn.c.status == TurnStatus.running)
    return connection.execute(running.order_by(tables.turn.c.id)).scalars().all()


def _count_running(connection: Connection, user_id: str) -> int:
    return connection.execute(_COUNT_RUNNING, {"user": user_id}).scalar_one()


def _insert_message(
    connection: Connection,
    message_id: str,
    room_id: str,
    sender: str,
    *,
    message: str,
    created_at: datetime,
    html: str | None = None,
) -> None:
    created_at = _after_newest(connection, room_id, created_at)
    connection.execute(
        _INSERT_MESSAGE,
        {
            "id": message_id,
            "aiChatRoomId": room_id,
            "sender": sender,
            "message": message,
            "htmlFormattedMessage": html,
            "createdAt": created_at,
            "updatedAt": created_at,
        },
    )


def _after_newest(connection: Connection, room_id: str, now: datetime) -> datetime:
    """Return `now`, or the millisecond after the newest message of the room if that is later.

    So the moments of a room grow with every message, also when the clock is set back.
    """
    newest: datetime | None = connection.scalar(_NEWEST, {"room": room_id})
    return now if newest is None else max(now, newest + tables.MILLISECOND)


def _unknown(connection: Connection, sources: Sequence[Source]) -> list[str]:
    """Return the IDs of the sources that have no knowledge."""
    of_sources = tables.knowledge.c.id.in_([source.id for source in sources])
    known = select(func.count()).select_from(tables.knowledge).where(of_sources)
    if connection.scalar(known) == len(sources):
        return []
    return [source.id for source in sources if not _is_known(connection, source.id)]


def _is_known(connection: Connection, source_id: str) -> bool:
    known = select(tables.knowledge.c.id).where(tables.knowledge.c.id == source_id)
    return connection.scalar(known) is not None
