"""SQL that differs between the databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy import Insert, Table


def insert_if_missing(dialect_name: str, table: Table) -> Insert:
    """Return an insert that keeps a row that exists; the name is SQLAlchemy's."""
    if dialect_name == "postgresql":
        from sqlalchemy.dialects import postgresql  # large, and most relays use SQLite

        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
