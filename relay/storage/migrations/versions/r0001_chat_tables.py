"""The chat tables, as they were before the many-to-many migration."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from streamproof.relay.storage.moments import Moment
from streamproof.relay.storage.tables import Sender

revision = "0001"
down_revision = None


def _owner(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column],
        [target],
        name=f"{table}_{column}_fkey",
        ondelete="CASCADE",
        onupdate="CASCADE",
    )


def upgrade() -> None:
    """Create users, rooms, knowledge and messages, unless another program owns them."""
    if not op.get_context().opts["creates_chat_tables"]:
        return
    op.create_table(
        "User",
        sa.Column("id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="User_pkey"),
    )
    op.create_table(
        "AiChatRoom",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("userId", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=True),
        sa.Column("createdAt", Moment, nullable=False, server_default=sa.func.current_timestamp()),
        sa.PrimaryKeyConstraint("id", name="AiChatRoom_pkey"),
        _owner("AiChatRoom", "userId", "User.id"),
    )
    op.create_table(
        "Knowledge",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="Knowledge_pkey"),
    )
    op.create_table(
        "AiChatRoomMessage",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("aiChatRoomId", sa.Text, nullable=False),
        sa.Column("sender", Sender, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("htmlFormattedMessage", sa.Text, nullable=True),
        sa.Column("knowledgeId", sa.Text, nullable=True),
        sa.Column("createdAt", Moment, nullable=False, server_default=sa.func.current_timestamp()),
        sa.Column("updatedAt", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="AiChatRoomMessage_pkey"),
        sa.CheckConstraint("sender IN ('USER', 'AI')", name="sender").ddl_if(dialect="sqlite"),
        _owner("AiChatRoomMessage", "aiChatRoomId", "AiChatRoom.id"),
        _owner("AiChatRoomMessage", "knowledgeId", "Knowledge.id"),
    )
    op.create_index("AiChatRoomMessage_id_key", "AiChatRoomMessage", ["id"], unique=True)
