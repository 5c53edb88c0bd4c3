"""Rows that cannot be read: in SQLite, another program can store anything in any column.

Such a row is left out of what the relay returns, and a line of the log names it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from streamproof.relay.anomalies import excerpt
from streamproof.relay.storage.moments import Moment
from streamproof.relay.storage.tables import SENDERS, Sender

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Column, Row, Table

_logger = logging.getLogger(__name__)


def legible_rows(table: Table, rows: Iterable[Row[Any]]) -> list[Row[Any]]:
    """Return the rows that can be read, and log the others."""
    legible = []
    for row in rows:
        values: Mapping[str, Any] = row._asdict()
        if bad := [c.name for c in table.columns if not _fits(c, values[c.name])]:
            log_illegible(table, values["id"], ", ".join(bad))
        else:
            legible.append(row)
    return legible


def log_illegible(table: Table, key: object, columns: str) -> None:
    """Log a row that cannot be read because of some columns."""
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
