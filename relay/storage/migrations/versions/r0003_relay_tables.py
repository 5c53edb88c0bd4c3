"""The relay's own tables: turns, their frames, and the sources as an answer showed them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from streamproof.relay.storage.moments import Moment
from streamproof.relay.storage.schema import own_tables

revision = "0003"
down_revision = "0002"


def _owner(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column],
        [target],
        name=f"{table}_{column}_fkey",
        ondelete="CASCADE",
        onupdate="CASCADE",
    )


def upgrade() -> None:
    """Create the tables, and the indexes for reading a room if the relay owns its tables."""
    with own_tables(op.get_bind()):
        _create_turn()
        _create_frame()
        _create_source()
    if op.get_context().opts["creates_chat_tables"]:
        _create_reading_indexes()


def _create_turn() -> None:
    op.create_table(
        "relay_turn",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("room_id", sa.Text, nullable=False),
        sa.Column("user_message_id", sa.Text, nullable=False),
        sa.Column("ai_message_id", sa.Text, nullable=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=True),
        sa.Column("partial", sa.Text, nullable=True),
        sa.Column("frame_count", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("started_at", Moment, nullable=False),
        sa.Column("sealed_at", Moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name="relay_turn_pkey"),
        _owner("relay_turn", "room_id", "AiChatRoom.id"),
        _owner("relay_turn", "user_message_id", "AiChatRoomMessage.id"),
        _owner("relay_turn", "ai_message_id", "AiChatRoomMessage.id"),
        sa.CheckConstraint(
            "status IN ('running', 'completed', 'failed', 'stopped')", name="status"
        ),
        sa.CheckConstraint("(status = 'completed') = (ai_message_id IS NOT NULL)", name="answer"),
    )
    running = sa.text("status = 'running'")
    op.create_index(
        "relay_turn_running_room_id_key",
        "relay_turn",
        ["room_id"],
        unique=True,
        sqlite_where=running,
        postgresql_where=running,
    )
    op.create_index("relay_turn_room_id_idx", "relay_turn", ["room_id"])
    op.create_index("relay_turn_user_id_status_idx", "relay_turn", ["user_id", "status"])
    op.create_index(
        "relay_turn_user_message_id_key", "relay_turn", ["user_message_id"], unique=True
    )
    op.create_index("relay_turn_ai_message_id_key", "relay_turn", ["ai_message_id"], unique=True)


def _create_frame() -> None:
    op.create_table(
        "relay_frame",
        sa.Column("turn_id", sa.Text, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("event", sa.Text, nullable=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("terminal", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("turn_id", "n", name="relay_frame_pkey"),
        _owner("relay_frame", "turn_id", "relay_turn.id"),
    )
    op.create_index(
        "relay_frame_terminal_turn_id_key",
        "relay_frame",
        ["turn_id"],
        unique=True,
        sqlite_where=sa.text("terminal IS 1"),
        postgresql_where=sa.text("terminal IS true"),
    )


def _create_source() -> None:
    op.create_table(
        "relay_source",
        sa.Column("turn_id", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("source_id", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("turn_id", "position", name="relay_source_pkey"),
        _owner("relay_source", "turn_id", "relay_turn.id"),
    )


def _create_reading_indexes() -> None:
    op.create_index(
        "AiChatRoom_userId_createdAt_id_idx", "AiChatRoom", ["userId", "createdAt", "id"]
    )
    op.create_index(
        "AiChatRoomMessage_aiChatRoomId_createdAt_id_idx",
        "AiChatRoomMessage",
        ["aiChatRoomId", "createdAt", "id"],
    )
    op.create_index(
        "AiChatRoomMessageKnowledge_aiChatRoomMessageId_idx",
        "AiChatRoomMessageKnowledge",
        ["aiChatRoomMessageId"],
    )
