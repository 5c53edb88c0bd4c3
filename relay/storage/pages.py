"""Pages of a list that is sorted by moment, then ID, also if several programs write its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from sqlalchemy import literal, select, tuple_

from streamproof.relay.storage.legible import legible_rows
from streamproof.relay.storage.moments import EARLIEST, Moment, in_utc

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row, Table
    from sqlalchemy.engine import Connection

T = TypeVar("T")


class Position(NamedTuple):
    """A position in a list that is sorted by moment, then ID."""

    created_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class ResultPage(Generic[T]):
    """Some items of a list, and the position of the last one if more items follow."""

    items: tuple[T, ...]
    next: Position | None


def read_page(
    connection: Connection,
    table: Table,
    where: ColumnElement[bool],
    *,
    limit: int,
    after: Position | None,
    newest_first: bool = False,
    fitting: Callable[[Sequence[str]], int] | None = None,
) -> ResultPage[Row[Any]]:
    """Return the next rows that fulfil a condition; those that cannot be read are left out.

    Only the rows of the page are read: at most `limit`, and at most as many as `fitting` returns
    for their IDs.
    """
    positions = read_positions(
        connection, table, where, limit=limit + 1, after=after, newest_first=newest_first
    )
    page = positions[:limit]
    if fitting is not None:
        del page[fitting([position.id for position in page]) :]
    items = legible_rows(table, _rows(connection, table, [position.id for position in page]))
    return ResultPage(tuple(items), _last(page) if len(positions) > len(page) else None)


def read_positions(
    connection: Connection,
    table: Table,
    where: ColumnElement[bool],
    *,
    limit: int,
    after: Position | None = None,
    newest_first: bool = False,
) -> list[Position]:
    """Return where the next rows with a moment are that fulfil a condition, at most `limit`.

    The moments and IDs of all of them are sorted, from an index if there is one.
    """
    moment, key = in_utc(table.c.createdAt), table.c.id
    here = tuple_(moment, key)
    query = select(table.c.createdAt, key).where(where, moment >= EARLIEST).limit(limit)
    if after is not None:
        there = tuple_(literal(after.created_at, Moment()), after.id)
        query = query.where(here < there if newest_first else here > there)
    order = (moment.desc(), key.desc()) if newest_first else (moment, key)
    return [Position(*position) for position in connection.execute(query.order_by(*order))]


def _rows(connection: Connection, table: Table, ids: list[str]) -> list[Row[Any]]:
    """Return the rows with these IDs, in this order."""
    rows = {row.id: row for row in connection.execute(select(table).where(table.c.id.in_(ids)))}
    return [rows[key] for key in ids if key in rows]


def _last(page: list[Position]) -> Position | None:
    """Return the last position from which a list can continue."""
    usable = (p for p in reversed(page) if p.created_at is not None and isinstance(p.id, str))
    return next(usable, None)
