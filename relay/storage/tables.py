"""The chat tables, with the names, types and keys of their Prisma models, and the relay's own.

Prisma's rules: quoted CamelCase names, `String` is TEXT, `DateTime` is TIMESTAMP(3) in UTC, a
unique field has a unique index (not a constraint), and every relation has ON UPDATE CASCADE. The
models ask for ON DELETE CASCADE. On SQLite the names are the same, and a CHECK replaces an enum.
The tables of the relay itself have names that begin with `relay_` (protocol, section 3).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    func,
    text,
)

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine

NAMES = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "ck": "%(table_name)s_%(constraint_name)s_check",
}

MILLISECOND = timedelta(milliseconds=1)
"""The precision of a stored moment."""

metadata = MetaData(naming_convention=NAMES)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, to the millisecond; stored without a zone, as Prisma stores it."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime]:
        """Return TIMESTAMP(3) for PostgreSQL."""
        if dialect.name == "postgresql":
            from sqlalchemy.dialects import postgresql  # large, and most relays use SQLite

            return postgresql.TIMESTAMP(precision=3)
        return super().load_dialect_impl(dialect)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Convert to UTC, and drop the zone and the microseconds."""
        if value is None:
            return None
        utc = value.astimezone(UTC).replace(tzinfo=None)
        return utc.replace(microsecond=utc.microsecond // 1000 * 1000)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Add the zone, UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


Sender = Text().with_variant(Enum("USER", "AI", name="AiChatRoomMessageSender"), "postgresql")
"""The enum of the Prisma model; TEXT with a CHECK where the database has no enums."""


def _owner(target: str) -> ForeignKey:
    return ForeignKey(target, ondelete="CASCADE", onupdate="CASCADE")


def _text(name: str, *rest: Any, nullable: bool = False) -> Column[Any]:  # noqa: ANN401 - Column's own signature
    return Column(name, Text, *rest, nullable=nullable)


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
Index("AiChatRoom_userId_createdAt_id_idx", room.c.userId, room.c.createdAt, room.c.id).ddl_if(
    dialect="sqlite"
)
Index(
    "AiChatRoomMessage_aiChatRoomId_createdAt_id_idx",
    message.c.aiChatRoomId,
    message.c.createdAt,
    message.c.id,
).ddl_if(dialect="sqlite")
Index(
    "AiChatRoomMessageKnowledge_aiChatRoomMessageId_idx", message_knowledge.c.aiChatRoomMessageId
).ddl_if(dialect="sqlite")

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
    CheckConstraint("status IN ('running', 'completed', 'failed', 'stopped')", name="status"),
    CheckConstraint("(status = 'completed') = (ai_message_id IS NOT NULL)", name="answer"),
)

# Only the revisions have these partial indexes for PostgreSQL: `postgresql_where` would import that
# dialect at every start.
Index(
    "relay_turn_running_room_id_key",
    turn.c.room_id,
    unique=True,
    sqlite_where=turn.c.status == "running",
).ddl_if(dialect="sqlite")
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

Index(
    "relay_frame_terminal_turn_id_key",
    frame.c.turn_id,
    unique=True,
    sqlite_where=frame.c.terminal.is_(True),
).ddl_if(dialect="sqlite")

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
