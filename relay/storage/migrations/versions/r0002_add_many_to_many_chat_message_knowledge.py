"""Many to many: a message has many sources, and a source belongs to many messages.

The name is the one of the original specification (protocol, section 3).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TABLE = "AiChatRoomMessageKnowledge"


def upgrade() -> None:
    """Create the table between messages and knowledge, unless another program owns it."""
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
