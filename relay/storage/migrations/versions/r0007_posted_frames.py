"""Frames in the order of their commits, which SQLite writes with fewer pages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Change nothing on PostgreSQL."""
    if op.get_context().dialect.name == "sqlite":
        op.create_table(
            "relay_posted_frame",
            sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
            sa.Column("turn_id", sa.Text, nullable=False),
            sa.Column("n", sa.Integer, nullable=False),
            sa.Column("event", sa.Text, nullable=True),
            sa.Column("data", sa.LargeBinary, nullable=False),
            sa.PrimaryKeyConstraint("id", name="relay_posted_frame_pkey"),
        )
        op.execute("""
CREATE TRIGGER relay_posted_frame_of_a_turn BEFORE INSERT ON relay_posted_frame
WHEN NOT EXISTS (SELECT 1 FROM relay_turn WHERE id = NEW.turn_id)
BEGIN SELECT RAISE(ABORT, 'the turn does not exist'); END""")
