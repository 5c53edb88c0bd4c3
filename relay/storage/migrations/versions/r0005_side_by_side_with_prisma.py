"""SQLite side by side with Prisma: one spelling of moments, and no partial index.

Prisma and the relay then sort the rows alike. Prisma's schema engine fails on every partial index
that it finds in an SQLite file.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

from streamproof.relay.storage.moments import Moment, in_utc

revision = "0005"
down_revision = "0004"

CHAT_COLUMNS: Final = (
    ("AiChatRoom", "createdAt"),
    ("AiChatRoomMessage", "createdAt"),
    ("AiChatRoomMessage", "updatedAt"),
)
RELAY_COLUMNS: Final = (
    ("relay_turn", "started_at"),
    ("relay_turn", "sealed_at"),
    ("relay_readiness", "checked_at"),
)


def upgrade() -> None:
    """Change nothing on PostgreSQL."""
    context = op.get_context()
    if context.dialect.name == "sqlite":
        _respell_all(creates_chat_tables=bool(context.opts["creates_chat_tables"]))
        _replace_partial_indexes()


def _replace_partial_indexes() -> None:
    op.drop_index("relay_turn_running_room_id_key", "relay_turn")
    op.create_index(
        "relay_turn_running_room_id_key",
        "relay_turn",
        [sa.text("CASE status WHEN 'running' THEN room_id END")],
        unique=True,
    )
    op.drop_index("relay_frame_terminal_turn_id_key", "relay_frame")
    op.execute("""
CREATE TRIGGER relay_frame_one_terminal BEFORE INSERT ON relay_frame
WHEN NEW.terminal AND (
  SELECT terminal FROM relay_frame WHERE turn_id = NEW.turn_id ORDER BY n DESC LIMIT 1
)
BEGIN SELECT RAISE(ABORT, 'the turn has its terminal frame'); END""")


def _respell_all(*, creates_chat_tables: bool) -> None:
    """Write every moment again in the spelling of the relay.

    A text means the same in every spelling. A number stays in a table of another program, which
    looks for numbers there.
    """
    texts_only = ("text",)
    everything = ("text", "integer", "real")
    for place in RELAY_COLUMNS:
        _respell(*place, everything)
    for place in CHAT_COLUMNS:
        _respell(*place, everything if creates_chat_tables else texts_only)


def _respell(table_name: str, name: str, kinds: tuple[str, ...]) -> None:
    """Write the moments of a column again; what is not a moment stays as it is."""
    column = sa.column(name, Moment())
    as_text = sa.cast(column, sa.Text)
    op.execute(
        sa.update(sa.table(table_name, column))
        .where(sa.func.typeof(column).in_(kinds), in_utc(column).is_not(None))
        .where(as_text != in_utc(column))
        .values({name: in_utc(column)})
    )
