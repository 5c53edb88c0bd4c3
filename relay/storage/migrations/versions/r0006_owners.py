"""The relay that runs a turn, for relays that share a database."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from streamproof.relay.storage.moments import Moment

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the columns of the owner; in SQLite they keep their defaults."""
    op.add_column("relay_turn", sa.Column("owner", sa.Text, nullable=True))
    op.add_column(
        "relay_turn", sa.Column("epoch", sa.Integer, nullable=False, server_default=sa.text("1"))
    )
    op.add_column("relay_turn", sa.Column("lease_until", Moment, nullable=True))
    op.add_column(
        "relay_turn",
        sa.Column("stop_asked", sa.Boolean, nullable=False, server_default=sa.false()),
    )
