"""The location of the database, and the migration of its tables at every start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import (
    Column,
    MetaData,
    NullPool,
    PrimaryKeyConstraint,
    String,
    Table,
    create_engine,
    insert,
    inspect,
    text,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from streamproof.relay.errors import SettingsError
from streamproof.relay.storage import tables
from streamproof.relay.storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy.engine import Connection

HEAD: Final = "0005"
"""The newest revision."""
VERSION_TABLE: Final = "relay_alembic_version"
_VERSION: Final = Table(
    VERSION_TABLE,
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
)
"""The table as alembic creates it."""
CHAT_TABLES: Final = (
    tables.user,
    tables.room,
    tables.knowledge,
    tables.message,
    tables.message_knowledge,
)
FILLED_TABLES: Final = (tables.room, tables.message, tables.message_knowledge)
"""The chat tables to which the relay adds rows, also if another program owns them."""


def database_url(database: str, wait_seconds: float | None = None) -> URL:
    """Return the URL for the path of an SQLite file, or for a URL.

    Its connections wait `wait_seconds` for the lock of another program (None: as the URL says, or
    five seconds). Raises `SettingsError` if the relay cannot use such a database.
    """
    try:
        is_url = "://" in database
        url = make_url(database) if is_url else URL.create("sqlite", database=database)
    except ArgumentError as error:
        raise SettingsError((f"database: {error}",)) from error
    if url.get_backend_name() != "sqlite":
        raise SettingsError((f"database: {url.get_backend_name()} is not supported; use SQLite",))
    if url.database in {None, "", ":memory:"} or str(url.database).startswith("file:"):
        raise SettingsError(("database: in-memory SQLite is not supported; give a file path",))
    return url if wait_seconds is None else url.update_query_dict({"timeout": str(wait_seconds)})


def stored_revision(url: URL) -> str | None:
    """Return the revision of a database that no relay has open; raises `StorageError`."""
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            return _revision(connection)
    except SQLAlchemyError as error:
        problem = getattr(error, "orig", error)
        raise StorageError(f"database {url.database} cannot be used: {problem}") from error


def migrate(connection: Connection, *, creates_chat_tables: bool = True) -> None:
    """Run the revisions that are new to this database, inside the caller's transaction.

    An empty database gets the newest tables at once.
    Creates the chat tables only with `creates_chat_tables`. Otherwise they must exist: raises
    `StorageError` with every table and column that is missing. Raises it also with every column in
    which each row needs a value that the relay does not have.
    """
    if not creates_chat_tables and (missing := list(_missing(connection))):
        raise StorageError(
            f"creates_chat_tables is false, and the database lacks {', '.join(missing)}; "
            "create them with the program that owns the chat tables"
        )
    filled = CHAT_TABLES if creates_chat_tables else FILLED_TABLES
    if unfilled := list(_unfilled(connection, filled)):
        raise StorageError(
            f"the database requires a value in {', '.join(unfilled)}, which the relay does not"
            " fill; make these columns optional, or give them a default in the database"
        )
    if not inspect(connection).get_table_names():
        _create(connection)
    elif _revision(connection) != HEAD:
        _upgrade(connection, creates_chat_tables=creates_chat_tables)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    query = text(f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608 - a constant
    revision: str | None = connection.scalar(query)
    return revision


def _create(connection: Connection) -> None:
    """Create what all revisions together create, without alembic: its import takes 0.3 s."""
    tables.metadata.create_all(connection)
    _VERSION.create(connection)
    connection.execute(insert(_VERSION).values(version_num=HEAD))


def _upgrade(connection: Connection, *, creates_chat_tables: bool) -> None:
    # Imported here because few starts need it, and the import takes 0.3 s.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["creates_chat_tables"] = creates_chat_tables
    try:
        command.upgrade(config, "head")
    except CommandError as error:  # alembic does not know the revision of the database
        found = _revision(connection)
        raise StorageError(
            f"database {connection.engine.url.database}: wanted a revision up to {HEAD}, got"
            f" {found}, which a newer release wrote; use that one, or another file"
        ) from error


def _missing(connection: Connection) -> Iterator[str]:
    """Yield the names of the chat tables and columns that do not exist."""
    found = inspect(connection)
    present = set(found.get_table_names())
    for table in CHAT_TABLES:
        if table.name not in present:
            yield f'table "{table.name}"'
            continue
        columns = {column["name"] for column in found.get_columns(table.name)}
        yield from (f'column "{table.name}"."{c.name}"' for c in table.c if c.name not in columns)


def _unfilled(connection: Connection, filled: Iterable[Table]) -> Iterator[str]:
    """Yield the required columns without a default that the relay leaves out or leaves null."""
    found = inspect(connection)
    present = set(found.get_table_names())
    for table in filled:
        if table.name not in present:
            continue
        always_filled = {c.name for c in table.columns if not c.nullable}
        for column in found.get_columns(table.name):
            is_required = not column["nullable"] and column["default"] is None
            if is_required and column["name"] not in always_filled:
                yield f'column "{table.name}"."{column["name"]}"'
