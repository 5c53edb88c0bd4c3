"""Rows that cannot be read: in SQLite, another program can store anything in any column.

Such a row is left out of what the relay returns, and a line of the log names it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select, true

from streamproof.relay.anomalies import excerpt
from streamproof.relay.storage.moments import EARLIEST, Moment, in_utc
from streamproof.relay.storage.tables import SENDERS, Sender, message, room

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Column, Row, Table
    from sqlalchemy.engine import Connection

_logger = logging.getLogger(__name__)

LOGGED_ROWS: Final = 20
"""Lines of the log about the rows without a moment of one table, at most."""


def legible_rows(table: Table, rows: Iterable[Row[Any]]) -> list[Row[Any]]:
    """Return the rows that can be read, and log the others."""
    legible = []
    for row in rows:
        values: Mapping[str, Any] = row._asdict()
        if bad := [c.name for c in table.columns if not _fits(c, values[c.name])]:
            _log_illegible(table, values["id"], ", ".join(bad))
        else:
            legible.append(row)
    return legible


def log_rows_without_moment(connection: Connection) -> None:
    """Log the rows of all rooms that no list finds, because they cannot be sorted.

    This looks at every row, so a page of a list does not do it. Only SQLite can have such rows.
    """
    if connection.dialect.name != "sqlite":
        return
    for table in (room, message):
        no_moment = func.coalesce(in_utc(table.c.createdAt) < EARLIEST, true())
        query = select(table.c.id).where(no_moment).limit(LOGGED_ROWS)
        for key in connection.execute(query).scalars():
            _log_illegible(table, key, table.c.createdAt.name)


def _log_illegible(table: Table, key: object, columns: str) -> None:
    _logger.warning(
        "row %s of %s cannot be read, so it is left out; correct its %s",
        excerpt(str(key)),
        table.name,
        columns,
    )


def _fits(column: Column[Any], value: object) -> bool:
    """Tell whether a value is what its column is for."""
    if value is None:
        return bool(column.nullable)
    if column.type is Sender:
        return value in SENDERS
    return isinstance(column.type, Moment) or isinstance(value, str)
