"""The seed's migration: a message has many sources, a source belongs to many messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TABLE = "AiChatRoomMessageKnowledge"


def upgrade() -> None:
    """Create the table between messages and knowledge, where it is ours to create."""
    if not op.get_context().opts["creates_chat_tables"]:
        return
    op.create_table(
        TABLE,
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("aiChatRoomMessageId", sa.Text, nullable=False),
        sa.Column("knowledgeId", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"{TABLE}_pkey"),
        sa.ForeignKeyConstraint(
            ["aiChatRoomMessageId"],
            ["AiChatRoomMessage.id"],
            name=f"{TABLE}_aiChatRoomMessageId_fkey",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["knowledgeId"],
            ["Knowledge.id"],
            name=f"{TABLE}_knowledgeId_fkey",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
    )
    op.create_index(f"{TABLE}_id_key", TABLE, ["id"], unique=True)


def downgrade() -> None:
    """Drop it again."""
    op.drop_table(TABLE)
