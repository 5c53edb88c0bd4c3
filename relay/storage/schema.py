"""The migration of the tables, at every start."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Final

from sqlalchemy import (
    Column,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.schema import CreateSchema

from streamproof.relay.storage import tables
from streamproof.relay.storage.dialects import chat_schema, own_schema
from streamproof.relay.storage.errors import StorageError
from streamproof.relay.storage.live_tables import CHAT_TABLES, check_chat_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

HEAD: Final = "0008"
"""The newest revision."""
VERSION_TABLE: Final = "relay_alembic_version"
_VERSION: Final = Table(
    VERSION_TABLE,
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
)
"""The table as alembic creates it."""
ENCODING: Final = "UTF8"
"""The encoding that a database in PostgreSQL must have."""
LOCK: Final = 0x5EA_F0_0D
"""The number of the lock that a migration holds on PostgreSQL: relays can start together."""
MIGRATION_SECONDS: Final = 3600.0
"""Seconds that a relay waits for the migration of another one, and for each statement of its own.
PostgreSQL ends the transaction of a relay that hangs in the middle much sooner."""
ATTEMPT_SECONDS: Final = 1.0
"""Seconds between two attempts to take the lock."""
_logger = logging.getLogger(__name__)


def migrate(
    connection: Connection, *, creates_chat_tables: bool = True, cancelled: Event | None = None
) -> None:
    """Run the revisions that are new to this database, inside the caller's transaction.

    An empty database gets the newest tables at once.
    Creates the chat tables only with `creates_chat_tables`. Otherwise they must exist: raises
    `StorageError` with everything that is missing. Raises it also for a chat table that does not
    fit the relay, and when `cancelled` is set while another relay migrates.
    """
    if connection.dialect.name == "postgresql":
        _check_encoding(connection)
        _wait_for_migrations(connection, cancelled or Event())
        _create_schemas(connection, creates_chat_tables=creates_chat_tables)
    check_chat_tables(connection, creates_chat_tables=creates_chat_tables)
    revision = revision_of(connection)
    if revision is None and not inspect(connection).get_table_names(chat_schema(connection)):
        _create(connection)
    elif revision != HEAD:
        with _long_statements(connection):
            _upgrade(connection, creates_chat_tables=creates_chat_tables)


def revision_of(connection: Connection) -> str | None:
    """Return the revision of a database; None if no relay has used it."""
    if not inspect(connection).has_table(VERSION_TABLE, own_schema(connection)):
        return None
    query = text(f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608 - a constant
    revision: str | None = connection.scalar(query)
    return revision


@contextmanager
def own_tables(connection: Connection) -> Iterator[None]:
    """Create new tables in the schema of the relay while the block runs."""
    schema = own_schema(connection)
    if schema is None:
        yield
        return
    before = connection.scalar(text("SHOW search_path"))
    _set_search_path(connection, f"{schema}, {before}")
    yield
    _set_search_path(connection, str(before))


def _set_search_path(connection: Connection, path: str) -> None:
    connection.execute(select(func.set_config("search_path", path, True)))  # noqa: FBT003 - in SQL


def _check_encoding(connection: Connection) -> None:
    """Raise `StorageError` for a database that cannot store every text."""
    if (encoding := connection.scalar(text("SHOW server_encoding"))) != ENCODING:
        raise StorageError(
            f"the database has the encoding {encoding}, wanted {ENCODING}; create it again with"
            f" ENCODING '{ENCODING}' TEMPLATE template0"
        )


def _wait_for_migrations(connection: Connection, cancelled: Event) -> None:
    """Take the lock of migrations until the end of the transaction; raises `StorageError`.

    Each attempt returns at once, so a relay that should stop does not wait.
    """
    attempt = select(func.pg_try_advisory_xact_lock(LOCK))
    if connection.scalar(attempt):
        return
    _logger.warning("the start waits for the migration of another relay")
    for _ in range(round(MIGRATION_SECONDS / ATTEMPT_SECONDS)):
        if cancelled.wait(ATTEMPT_SECONDS):
            raise StorageError("the start was cancelled during the migration of another relay")
        if connection.scalar(attempt):
            return
    raise StorageError(
        f"another relay has migrated the database for {MIGRATION_SECONDS:g} s; look at what it does"
        " there, and start this one again"
    )


def _create_schemas(connection: Connection, *, creates_chat_tables: bool) -> None:
    """Create the schemas that are missing."""
    present = inspect(connection).get_schema_names()
    chat, own = chat_schema(connection), own_schema(connection)
    for schema in [own, *([chat] if creates_chat_tables else [])]:
        if schema is not None and schema not in present:
            connection.execute(CreateSchema(schema))


@contextmanager
def _long_statements(connection: Connection) -> Iterator[None]:
    """Wait long for each statement while the block runs: a revision can rewrite a large table."""
    if connection.dialect.name != "postgresql":
        yield
        return
    # Imported here because a relay on SQLite has no driver of PostgreSQL.
    from streamproof.relay.storage.bounded_connection import answered_within

    with answered_within(connection, MIGRATION_SECONDS):
        yield


def _create(connection: Connection) -> None:
    """Create what all revisions together create, without alembic: its import takes 0.3 s."""
    tables.metadata.create_all(connection, tables=CHAT_TABLES)
    with own_tables(connection):
        own = tables.tables_of(connection.dialect.name)
        tables.metadata.create_all(connection, tables=own)
        _VERSION.create(connection)
    connection.execute(insert(_VERSION).values(version_num=HEAD))


def _upgrade(connection: Connection, *, creates_chat_tables: bool, revision: str = "head") -> None:
    # Imported here because few starts need it, and the import takes 0.3 s.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["creates_chat_tables"] = creates_chat_tables
    config.attributes["own_schema"] = own_schema(connection)
    try:
        command.upgrade(config, revision)
    except CommandError as error:  # alembic does not know the revision of the database
        found = revision_of(connection)
        raise StorageError(
            f"database {connection.engine.url.database}: wanted a revision up to {HEAD}, got"
            f" {found}, which a newer release wrote; use that one, or another database"
        ) from error
