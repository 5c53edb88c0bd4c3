"""What SQLAlchemy says differently for each database, in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from sqlalchemy import Insert, Table
    from sqlalchemy.engine import Connection


def insert_if_missing(connection: Connection, table: Table) -> Insert:
    """Return an insert that leaves a row alone which is there already: the first write wins."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
