"""The key of a repeatable request in its turn, and the row that a readiness check writes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from streamproof.relay.storage.moments import Moment
from streamproof.relay.storage.schema import own_tables

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns of the key, their unique index, and the table of the check."""
    op.add_column("relay_turn", sa.Column("idempotency_key", sa.Text, nullable=True))
    op.add_column("relay_turn", sa.Column("question_hash", sa.Text, nullable=True))
    op.create_index(
        "relay_turn_user_id_room_id_idempotency_key_key",
        "relay_turn",
        ["user_id", "room_id", "idempotency_key"],
        unique=True,
    )
    with own_tables(op.get_bind()):
        op.create_table(
            "relay_readiness",
            sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
            sa.Column("checked_at", Moment, nullable=False),
            sa.PrimaryKeyConstraint("id", name="relay_readiness_pkey"),
        )
