"""The chat tables, with the names, types and keys of their Prisma models, and the relay's own.

Prisma's rules: quoted CamelCase names, `String` is TEXT, `DateTime` is TIMESTAMP(3) in UTC, a
unique field has a unique index (not a constraint), and every relation has ON UPDATE CASCADE. The
models ask for ON DELETE CASCADE. On SQLite the names are the same, and a CHECK replaces an enum.
The tables of the relay itself have names that begin with `relay_` (protocol, section 3). On
PostgreSQL they are in the schema `relay`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    DDL,
    Boolean,
    CheckConstraint,
    Column,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    event,
    false,
    func,
    text,
)

from streamproof.relay.storage.moments import Moment

NAMES = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "ck": "%(table_name)s_%(constraint_name)s_check",
}

MILLISECOND = timedelta(milliseconds=1)
"""The precision of a stored moment."""

metadata = MetaData(naming_convention=NAMES)


SENDERS = ("USER", "AI")
SENDER_TYPE = "AiChatRoomMessageSender"
Sender = Text().with_variant(Enum(*SENDERS, name=SENDER_TYPE), "postgresql")
"""The enum of the Prisma model; TEXT with a CHECK where the database has no enums."""


def _owner(target: str) -> ForeignKey:
    return ForeignKey(target, ondelete="CASCADE", onupdate="CASCADE")


def _text(name: str, *rest: Any, nullable: bool = False) -> Column[Any]:  # noqa: ANN401 - Column's own signature
    return Column(name, Text, *rest, nullable=nullable)


def _on_postgresql(table: Table, statement: str) -> None:
    """Execute a statement after a table is created on PostgreSQL.

    SQLAlchemy could word it, but `postgresql_where` would import that dialect at every start.
    """
    ddl = DDL(statement).execute_if(dialect="postgresql")  # type: ignore[no-untyped-call] # SQLAlchemy has no hints for it
    event.listen(table, "after_create", ddl)


user = Table("User", metadata, Column("id", Text, primary_key=True))

room = Table(
    "AiChatRoom",
    metadata,
    Column("id", Text, primary_key=True),
    _text("userId", _owner("User.id")),
    _text("title", nullable=True),
    Column("createdAt", Moment, nullable=False, server_default=func.current_timestamp()),
)

knowledge = Table(
    "Knowledge",
    metadata,
    Column("id", Text, primary_key=True),
    _text("title"),
    _text("content"),
)

message = Table(
    "AiChatRoomMessage",
    metadata,
    Column("id", Text, primary_key=True),
    _text("aiChatRoomId", _owner("AiChatRoom.id")),
    Column("sender", Sender, nullable=False),
    _text("message"),
    _text("htmlFormattedMessage", nullable=True),
    _text("knowledgeId", _owner("Knowledge.id"), nullable=True),
    Column("createdAt", Moment, nullable=False, server_default=func.current_timestamp()),
    Column("updatedAt", Moment, nullable=False),
    CheckConstraint("sender IN ('USER', 'AI')", name="sender").ddl_if(dialect="sqlite"),
)

message_knowledge = Table(
    "AiChatRoomMessageKnowledge",
    metadata,
    Column("id", Text, primary_key=True),
    _text("aiChatRoomMessageId", _owner("AiChatRoomMessage.id")),
    _text("knowledgeId", _owner("Knowledge.id")),
)

# In Prisma, `@id @unique` makes a unique index besides the primary key.
Index("AiChatRoomMessage_id_key", message.c.id, unique=True)
Index("AiChatRoomMessageKnowledge_id_key", message_knowledge.c.id, unique=True)

# For reading a room. Only if the relay created the tables: Prisma reports other indexes as drift.
Index("AiChatRoom_userId_createdAt_id_idx", room.c.userId, room.c.createdAt, room.c.id)
Index(
    "AiChatRoomMessage_aiChatRoomId_createdAt_id_idx",
    message.c.aiChatRoomId,
    message.c.createdAt,
    message.c.id,
)
Index("AiChatRoomMessageKnowledge_aiChatRoomMessageId_idx", message_knowledge.c.aiChatRoomMessageId)

turn = Table(
    "relay_turn",
    metadata,
    Column("id", Text, primary_key=True),
    _text("user_id"),
    _text("room_id", _owner("AiChatRoom.id")),
    _text("user_message_id", _owner("AiChatRoomMessage.id")),
    _text("ai_message_id", _owner("AiChatRoomMessage.id"), nullable=True),
    _text("status"),
    _text("reason", nullable=True),
    _text("partial", nullable=True),
    Column("frame_count", Integer, nullable=False, server_default=text("0")),
    Column("started_at", Moment, nullable=False),
    Column("sealed_at", Moment, nullable=True),  # when the terminal frame was appended
    _text("idempotency_key", nullable=True),
    _text("question_hash", nullable=True),  # only with a key: a repeated request must be equal
    _text("owner", nullable=True),  # this and the next ones are for relays that share a database
    Column("epoch", Integer, nullable=False, server_default=text("1")),
    Column("lease_until", Moment, nullable=True),
    Column("stop_asked", Boolean, nullable=False, server_default=false()),
    CheckConstraint("status IN ('running', 'completed', 'failed', 'stopped')", name="status"),
    CheckConstraint("(status = 'completed') = (ai_message_id IS NOT NULL)", name="answer"),
)

# One running turn for each room: by a partial index on PostgreSQL. Prisma's schema engine fails on
# every partial index of SQLite, but not on an index of an expression; NULL is never a duplicate.
Index(
    "relay_turn_running_room_id_key",
    text("CASE status WHEN 'running' THEN room_id END"),
    unique=True,
    _table=turn,
).ddl_if(dialect="sqlite")
_on_postgresql(
    turn,
    "CREATE UNIQUE INDEX relay_turn_running_room_id_key ON relay_turn (room_id)"
    " WHERE status = 'running'",
)
Index("relay_turn_room_id_idx", turn.c.room_id)
Index("relay_turn_user_id_status_idx", turn.c.user_id, turn.c.status)
Index("relay_turn_user_message_id_key", turn.c.user_message_id, unique=True)
Index("relay_turn_ai_message_id_key", turn.c.ai_message_id, unique=True)
Index(
    "relay_turn_user_id_room_id_idempotency_key_key",
    turn.c.user_id,
    turn.c.room_id,
    turn.c.idempotency_key,
    unique=True,
)

frame = Table(
    "relay_frame",
    metadata,
    Column("turn_id", Text, _owner("relay_turn.id"), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    _text("event", nullable=True),
    Column("data", LargeBinary, nullable=False),
    Column("terminal", Boolean, nullable=False),
)

# One terminal frame for each turn: by a partial index on PostgreSQL.
_on_postgresql(
    frame,
    "CREATE UNIQUE INDEX relay_frame_terminal_turn_id_key ON relay_frame (turn_id)"
    " WHERE terminal IS true",
)
event.listen(
    frame,
    "after_create",
    DDL(  # type: ignore[no-untyped-call] # SQLAlchemy has no hints for it
        """
CREATE TRIGGER relay_frame_one_terminal BEFORE INSERT ON relay_frame
WHEN NEW.terminal AND (
  SELECT terminal FROM relay_frame WHERE turn_id = NEW.turn_id ORDER BY n DESC LIMIT 1
)
BEGIN SELECT RAISE(ABORT, 'the turn has its terminal frame'); END"""
    ).execute_if(dialect="sqlite"),
)

source = Table(
    "relay_source",
    metadata,
    Column("turn_id", Text, _owner("relay_turn.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    _text("source_id"),
    _text("title"),
    _text("content"),
)

# One row, which a readiness check writes: a database that can only be read is not ready.
readiness = Table(
    "relay_readiness",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("checked_at", Moment, nullable=False),
)


def tables_of(dialect: str) -> list[Table]:
    """Return the tables of a dialect: some are only for one."""
    return [t for t in metadata.sorted_tables if t.info.get("dialect", dialect) == dialect]
