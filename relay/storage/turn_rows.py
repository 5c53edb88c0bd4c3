"""The life of a turn in the database: begun with its question, ended with its answer or without.

Each function is a unit of work on the connection that it is handed; none begins or commits.
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
from streamproof.relay.storage.conversations import owned_room
from streamproof.relay.storage.dialects import insert_if_missing
from streamproof.relay.storage.errors import FramesRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from streamproof.contracts.messages import Source
    from streamproof.relay.turn import TurnOutcome

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NewTurn:
    """A user's message and the turn that it starts."""

    turn_id: str
    message_id: str
    room_id: str
    user_id: str
    text: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class TurnResult:
    """How a turn ended, with what only storing needs; `html` is for a completed one."""

    outcome: TurnOutcome
    html: str | None
    ended_at: datetime
    new_id: Callable[[], str]
    creates_chat_tables: bool = True


def begin(connection: Connection, question: NewTurn, *, max_running: int) -> None:
    """Store a question and its running turn (protocol 3.1).

    Raises `NotFound` for a room that is not this user's, `Conflict` where a turn is running in
    it (the partial unique index says so), `TooManyTurns` above `max_running` of one user.
    """
    owned_room(connection, question.user_id, question.room_id)
    _insert_message(
        connection,
        question.message_id,
        question.room_id,
        "USER",
        message=question.text,
        at=question.asked_at,
    )
    try:
        connection.execute(
            insert(tables.turn).values(
                id=question.turn_id,
                user_id=question.user_id,
                room_id=question.room_id,
                user_message_id=question.message_id,
                status=TurnStatus.running,
                started_at=question.asked_at,
            )
        )
    except IntegrityError as error:
        raise Conflict("A reply is still running") from error
    if _running_of(connection, question.user_id) > max_running:
        raise TooManyTurns


def end(connection: Connection, turn_id: str, answer: TurnResult) -> None:
    """Store how a turn ended: all of its answer, or what there is of it (protocol 3.2 and 3.3).

    Raises `FramesRefused` for a turn that is not running.
    """
    outcome = answer.outcome
    message_id = answer.new_id() if outcome.status is TurnStatus.completed else None
    if message_id:
        _insert_answer(connection, turn_id, message_id, answer)
    ended = connection.execute(
        update(tables.turn)
        .where(tables.turn.c.id == turn_id, tables.turn.c.status == TurnStatus.running)
        .values(
            status=outcome.status,
            reason=outcome.reason,
            partial=outcome.partial,
            ai_message_id=message_id,
        )
    )
    if ended.rowcount != 1:
        raise FramesRefused(f"turn {turn_id} is not running")


def running_turns(connection: Connection) -> Sequence[str]:
    """Return the turns that nobody has ended, of all users: for recovery."""
    running = select(tables.turn.c.id).where(tables.turn.c.status == TurnStatus.running)
    return connection.execute(running.order_by(tables.turn.c.id)).scalars().all()


def message_of(connection: Connection, turn_id: str) -> str | None:
    """Return the message that a turn answers, or None where there is no such turn."""
    wanted = select(tables.turn.c.user_message_id).where(tables.turn.c.id == turn_id)
    return connection.execute(wanted).scalar_one_or_none()


def _running_of(connection: Connection, user_id: str) -> int:
    query = (
        select(func.count())
        .select_from(tables.turn)
        .where(tables.turn.c.user_id == user_id, tables.turn.c.status == TurnStatus.running)
    )
    return connection.execute(query).scalar_one()


def _insert_answer(
    connection: Connection, turn_id: str, message_id: str, answer: TurnResult
) -> None:
    turn = connection.execute(
        select(tables.turn.c.room_id, tables.turn.c.started_at).where(tables.turn.c.id == turn_id)
    ).one_or_none()
    if turn is None:
        raise FramesRefused(f"turn {turn_id} is gone")
    at = max(answer.ended_at, turn.started_at)  # an answer never sorts before its question
    _insert_message(
        connection,
        message_id,
        turn.room_id,
        "AI",
        message=answer.outcome.text,
        html=answer.html,
        at=at,
    )
    if answer.outcome.sources:
        _insert_sources(connection, turn_id, answer.outcome.sources)
        if answer.creates_chat_tables:
            _insert_knowledge(connection, answer.outcome.sources)
        _link(connection, message_id, answer)


def _insert_message(
    connection: Connection,
    message_id: str,
    room_id: str,
    sender: str,
    *,
    message: str,
    at: datetime,
    html: str | None = None,
) -> None:
    connection.execute(
        insert(tables.message).values(
            id=message_id,
            aiChatRoomId=room_id,
            sender=sender,
            message=message,
            htmlFormattedMessage=html,
            createdAt=at,
            updatedAt=at,
        )
    )


def _insert_sources(connection: Connection, turn_id: str, sources: tuple[Source, ...]) -> None:
    """Keep the sources as this answer showed them, whatever becomes of the knowledge."""
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


def _insert_knowledge(connection: Connection, sources: tuple[Source, ...]) -> None:
    """Add what is not there yet; the first write wins."""
    connection.execute(
        insert_if_missing(connection, tables.knowledge),
        [{"id": s.id, "title": s.title, "content": s.content} for s in sources],
    )


_LINK_IF_KNOWN: Final = insert(tables.message_knowledge).from_select(
    ["id", "aiChatRoomMessageId", "knowledgeId"],
    select(
        bindparam("link", type_=Text), bindparam("message", type_=Text), tables.knowledge.c.id
    ).where(tables.knowledge.c.id == bindparam("source")),
)


def _link(connection: Connection, message_id: str, answer: TurnResult) -> None:
    """Link each source that has knowledge; on somebody else's tables some may have none."""
    sources = answer.outcome.sources
    linked = connection.execute(
        _LINK_IF_KNOWN,
        [{"link": answer.new_id(), "message": message_id, "source": s.id} for s in sources],
    )
    if linked.rowcount < len(sources):
        unknown = [s.id for s in sources if not _is_known(connection, s.id)]
        _logger.warning(
            "message %s: %d sources have no knowledge to link: %s",
            message_id,
            len(unknown),
            excerpt(", ".join(unknown)),
        )


def _is_known(connection: Connection, source_id: str) -> bool:
    known = select(tables.knowledge.c.id).where(tables.knowledge.c.id == source_id)
    return connection.scalar(known) is not None
