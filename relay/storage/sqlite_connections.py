"""Connections to the database file: how each one is set up, and what its errors become."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from streamproof.relay.storage.errors import DatabaseBusy, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import URL, Connection, Engine

NORMAL: Final = "normal"
"""A commit survives `kill -9`; the last commits before a power cut may be lost."""
FULL: Final = "full"
"""A commit waits for the disk, so it survives a power cut as well."""
SYNCHRONOUS: Final = {
    NORMAL: ("PRAGMA synchronous = NORMAL",),
    # On macOS, only a full fsync reaches the disk; other systems ignore the second one.
    FULL: ("PRAGMA synchronous = FULL", "PRAGMA fullfsync = ON"),
}
PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA wal_autocheckpoint = 0",  # see `checkpoints`
    "PRAGMA temp_store = MEMORY",  # an INSERT of a SELECT would create a file
)


def _configure(connection: sqlite3.Connection, synchronous: str) -> None:
    connection.isolation_level = None
    connection.text_factory = _text  # one row of another program must not fail a whole page
    for pragma in (*PRAGMAS, *SYNCHRONOUS[synchronous]):
        connection.execute(pragma)


def open_connection(url: URL, synchronous: str) -> sqlite3.Connection:
    """Return a connection that no engine knows."""
    connection = sqlite3.connect(str(url.database), check_same_thread=False)
    _configure(connection, synchronous)
    return connection


def open_engine(url: URL, synchronous: str, begin: str, *, connections: int) -> Engine:
    """Return an engine that begins each transaction with `begin`; the driver begins none."""
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        connect_args={"check_same_thread": False},
        hide_parameters=True,  # the messages of users must not reach the log
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        _configure(connection, synchronous)

    @event.listens_for(engine, "begin")
    def begin_now(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _text(stored: bytes) -> str:
    """Return a stored text; bytes that are not UTF-8 become U+FFFD."""
    return stored.decode(errors="replace")


@contextmanager
def storage_errors(what: str = "the database refused a statement") -> Iterator[None]:
    """Raise `StorageError` in place of the exceptions of the database."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        cause = getattr(error, "orig", error)
        is_busy = getattr(cause, "sqlite_errorname", "").startswith("SQLITE_BUSY")
        raise (DatabaseBusy if is_busy else StorageError)(f"{what}: {cause}") from error
