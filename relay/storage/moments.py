"""Moments in the database: how the relay writes them, reads them, and sorts by them.

On PostgreSQL a moment is a TIMESTAMP(3) in UTC. SQLite has no such type: a moment there is a text
or a number, and several programs can write one column. The relay writes the text that a Prisma 7
client writes, so that both sort the rows alike. It reads other spellings as well, by `in_utc`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import DateTime, TypeDecorator
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.types import TypeEngine

_IN_ONE_SPELLING: Final = """CASE
 WHEN {0} GLOB '????-??-??T??:??:??.???+00:00' THEN {0}
 WHEN typeof({0}) = 'text' AND {0} GLOB '[0-9][0-9][0-9][0-9]-*'
 THEN strftime('%Y-%m-%dT%H:%M:%f+00:00', {0}, '+0 days')
 WHEN typeof({0}) IN ('integer', 'real')
 THEN strftime('%Y-%m-%dT%H:%M:%f+00:00', {0} / 1000.0, 'unixepoch')
END"""
"""The first line makes it fast: nearly all rows have the one spelling. With a modifier, SQLite
computes the day again: a text can have a 30 February."""
EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
"""What sorts before it is not a moment, or one that Python does not have."""


class _Text(sqlite.DATETIME):
    """The column type of SQLite: written as text to the millisecond, with the offset +00:00."""

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str | None]:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the function that writes a moment in UTC."""

        def write(moment: datetime | None) -> str | None:
            return None if moment is None else moment.isoformat(timespec="milliseconds") + "+00:00"

        return write

    def result_processor(
        self,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's signature
        coltype: object,  # noqa: ARG002 - the same
    ) -> Callable[[Any], datetime | None]:
        """Return the function that reads what `in_utc` returns; None for what is not a moment."""

        def read(text: str | None) -> datetime | None:
            try:
                return None if text is None else datetime.fromisoformat(text)
            except ValueError:
                return None

        return read


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, to the millisecond; None if the database has something else there."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime]:
        """Return the type of a database: TIMESTAMP(3) for PostgreSQL."""
        if dialect.name == "postgresql":
            from sqlalchemy.dialects import postgresql  # large, and most relays use SQLite

            return postgresql.TIMESTAMP(precision=3)
        return _Text()  # type: ignore[no-untyped-call] # the type of the base class has no hints

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Select a moment in the one spelling, whichever the row has."""
        return in_utc(column)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Convert to UTC, and drop the zone and the microseconds."""
        if value is None:
            return None
        utc = value.astimezone(UTC).replace(tzinfo=None)
        return utc.replace(microsecond=utc.microsecond // 1000 * 1000)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Add the zone, UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class in_utc(GenericFunction[datetime]):  # noqa: N801 - it is used as a function of SQL
    """A moment as the relay writes it, for reading and sorting; NULL if it is not a moment.

    The spellings that it reads: ISO 8601 with `T` or a space, with `Z`, an offset or neither (then
    it is UTC), and a number of milliseconds since 1970.
    """

    type = Moment()
    inherit_cache = True


@compiles(in_utc)
def _as_it_is(element: in_utc, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    [column] = element.clauses
    return compiler.process(column, **options)


@compiles(in_utc, "sqlite")
def _in_one_spelling(element: in_utc, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    [column] = element.clauses
    return _IN_ONE_SPELLING.format(compiler.process(column, **options))
