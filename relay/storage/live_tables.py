"""Whether the chat tables of a database fit the relay: tables, columns, types, required values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import DateTime, Enum, Text, inspect

from streamproof.relay.storage import tables
from streamproof.relay.storage.dialects import chat_schema
from streamproof.relay.storage.errors import StorageError
from streamproof.relay.storage.moments import Moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Column, Table
    from sqlalchemy.engine import Connection
    from sqlalchemy.engine.interfaces import ReflectedColumn

CHAT_TABLES: Final = (
    tables.user,
    tables.room,
    tables.knowledge,
    tables.message,
    tables.message_knowledge,
)
FILLED_TABLES: Final = (tables.room, tables.message, tables.message_knowledge)
"""The chat tables to which the relay adds rows, also if another program owns them."""


def check_chat_tables(connection: Connection, *, creates_chat_tables: bool) -> None:
    """Raise `StorageError` with everything because of which the relay cannot use the chat tables.

    With `creates_chat_tables`, what is missing is created later.
    """
    found = _columns(connection)
    if not creates_chat_tables and (missing := list(_missing(found))):
        raise StorageError(
            f"creates_chat_tables is false, and the database lacks {', '.join(missing)}; "
            "create them with the program that owns the chat tables"
        )
    if connection.dialect.name == "postgresql" and (mistyped := list(_mistyped(found))):
        raise StorageError(f"the database has other types than the relay: {'; '.join(mistyped)}")
    filled = CHAT_TABLES if creates_chat_tables else FILLED_TABLES
    if unfilled := list(_unfilled(found, filled)):
        raise StorageError(
            f"the database requires a value in {', '.join(unfilled)}, which the relay does not"
            " fill; make these columns optional, or give them a default in the database"
        )


def _columns(connection: Connection) -> dict[str, dict[str, ReflectedColumn]]:
    """Return the columns of the chat tables that exist."""
    names = [table.name for table in CHAT_TABLES]
    found = inspect(connection).get_multi_columns(chat_schema(connection), names)
    return {
        name: {column["name"]: column for column in columns} for (_, name), columns in found.items()
    }


def _missing(found: dict[str, dict[str, ReflectedColumn]]) -> Iterator[str]:
    """Yield the names of the chat tables and columns that do not exist."""
    for table in CHAT_TABLES:
        if table.name not in found:
            yield f'table "{table.name}"'
            continue
        columns = found[table.name]
        yield from (f'column "{table.name}"."{c.name}"' for c in table.c if c.name not in columns)


def _mistyped(found: dict[str, dict[str, ReflectedColumn]]) -> Iterator[str]:
    """Yield the columns with a type that the relay cannot read and write, with both types."""
    for table in CHAT_TABLES:
        columns = found.get(table.name, {})
        for column in table.c:
            if column.name in columns and not _fits(column, columns[column.name]["type"]):
                wanted, got = _wanted(column), columns[column.name]["type"]
                yield f'column "{table.name}"."{column.name}": wanted {wanted}, got {got!r}'


def _fits(column: Column[Any], found: object) -> bool:
    if column.type is tables.Sender:
        return (
            isinstance(found, Enum)
            and found.name == tables.SENDER_TYPE
            and set(tables.SENDERS) <= set(found.enums)
        )
    if isinstance(column.type, Moment):
        return isinstance(found, DateTime) and not found.timezone
    return isinstance(found, Text)


def _wanted(column: Column[Any]) -> str:
    if column.type is tables.Sender:
        return f'the enum "{tables.SENDER_TYPE}" of {" and ".join(tables.SENDERS)}'
    return "TIMESTAMP without a time zone" if isinstance(column.type, Moment) else "TEXT"


def _unfilled(
    found: dict[str, dict[str, ReflectedColumn]], filled: Iterable[Table]
) -> Iterator[str]:
    """Yield the required columns without a default that the relay leaves out or leaves null."""
    for table in filled:
        always_filled = {c.name for c in table.columns if not c.nullable}
        for name, column in found.get(table.name, {}).items():
            is_required = not column["nullable"] and column["default"] is None
            if is_required and name not in always_filled:
                yield f'column "{table.name}"."{name}"'
