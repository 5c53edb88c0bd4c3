"""Posted frames are in files next to the database of SQLite, and no longer in a table."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Move the posted frames that a relay left; change nothing on PostgreSQL."""
    if op.get_context().dialect.name == "sqlite":
        op.execute("""
INSERT INTO relay_frame (turn_id, n, event, data, terminal)
SELECT turn_id, n, event, data, 0 FROM relay_posted_frame AS posted
WHERE n > (SELECT coalesce(max(n), -1) FROM relay_frame WHERE turn_id = posted.turn_id)
  AND EXISTS (SELECT 1 FROM relay_turn WHERE id = posted.turn_id AND sealed_at IS NULL)
ORDER BY turn_id, n""")
        op.drop_table("relay_posted_frame")
