"""The rows of a turn: its question, its state, and its answer with the sources.

Each function runs on the connection that it gets; none of them begins or commits.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import Text, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from streamproof.relay.anomalies import excerpt
from streamproof.relay.errors import Conflict, TooManyTurns
from streamproof.relay.lifecycle import TurnStatus
from streamproof.relay.storage import tables
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
_ROOM_AND_START: Final = select(tables.turn.c.room_id, tables.turn.c.started_at).where(
    tables.turn.c.id == bindparam("turn")
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


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """The AI message of a completed turn."""

    message_id: str
    text: str
    html: str
    ended_at: datetime


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

    Raises `Conflict` if another turn is running in the room, which the partial unique index
    ensures, and `TooManyTurns` if the user then has more than `max_running` of them.
    """
    try:
        connection.execute(
            _INSERT_TURN,
            {
                "id": turn.turn_id,
                "user_id": turn.user_id,
                "room_id": turn.room_id,
                "user_message_id": turn.message_id,
                "status": TurnStatus.running,
                "started_at": turn.started_at,
            },
        )
    except IntegrityError as error:
        raise Conflict("A reply is still running") from error
    if _count_running(connection, turn.user_id) > max_running:
        raise TooManyTurns


def insert_answer(connection: Connection, turn_id: str, answer: NewAnswer) -> None:
    """Store the AI message of a turn."""
    turn = connection.execute(_ROOM_AND_START, {"turn": turn_id}).one()
    _insert_message(
        connection,
        answer.message_id,
        turn.room_id,
        "AI",
        message=answer.text,
        html=answer.html,
        # The clock may have been set back, and an answer must not sort before its question.
        created_at=max(answer.ended_at, turn.started_at),
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
    """Add the knowledge that is missing; rows that exist stay as they are."""
    if not sources:
        return
    connection.execute(
        insert_if_missing(connection.dialect.name, tables.knowledge),
        [{"id": s.id, "title": s.title, "content": s.content} for s in sources],
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
    if linked.rowcount < len(sources):
        unknown = [s.id for s in sources if not _is_known(connection, s.id)]
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


def _is_known(connection: Connection, source_id: str) -> bool:
    known = select(tables.knowledge.c.id).where(tables.knowledge.c.id == source_id)
    return connection.scalar(known) is not None
