"""The row that a readiness check writes: a full disk or a read-only file refuses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, update

from streamproof.relay.storage import tables

if TYPE_CHECKING:
    from datetime import datetime

    from streamproof.relay.storage.transaction import Transaction

_ROW: Final = 1


def write(transaction: Transaction, now: datetime) -> None:
    """Write the moment of a check into the one row; the caller commits it."""
    connection, table = transaction.connection, tables.readiness
    changed = connection.execute(
        update(table).where(table.c.id == _ROW).values(checked_at=now)
    ).rowcount
    if not changed:
        connection.execute(insert(table).values(id=_ROW, checked_at=now))
