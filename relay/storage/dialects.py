"""SQL that differs between the databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy import Insert, Table
    from sqlalchemy.engine import Connection

OWN_SCHEMA: Final = "relay"
"""The schema of the relay's own tables: Prisma looks only at the one of the chat tables."""
CHAT_SCHEMA: Final = "relay_chat_schema"
"""The option of a connection that names the schema of the chat tables."""


def chat_schema(connection: Connection) -> str | None:
    """Return the schema of the chat tables; None where there is only one."""
    schema: str | None = connection.get_execution_options().get(CHAT_SCHEMA)
    return schema


def own_schema(connection: Connection) -> str | None:
    """Return the schema of the relay's own tables; None where there is only one."""
    return OWN_SCHEMA if connection.dialect.name == "postgresql" else None


def insert_if_missing(dialect_name: str, table: Table) -> Insert:
    """Return an insert that keeps a row that exists; the name is SQLAlchemy's."""
    if dialect_name == "postgresql":
        from sqlalchemy.dialects import postgresql  # large, and most relays use SQLite

        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
