"""Opens the database of the settings: an SQLite file for one relay, or PostgreSQL for several."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from sqlalchemy import NullPool, create_engine

from streamproof.relay.errors import SettingsError
from streamproof.relay.failpoints import no_failpoint
from streamproof.relay.storage.address import database_url, is_postgresql, listening_url, shown
from streamproof.relay.storage.database_file import database_file
from streamproof.relay.storage.lock import database_lock
from streamproof.relay.storage.schema import revision_of
from streamproof.relay.storage.sqlite import SqliteDatabase
from streamproof.relay.storage.sqlite_connections import storage_errors
from streamproof.relay.storage.transaction import no_report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.engine import URL

    from streamproof.relay.failpoints import Failpoint
    from streamproof.relay.settings import Settings
    from streamproof.relay.storage.transaction import Database, OnCommit


@asynccontextmanager
async def open_database(
    settings: Settings, *, failpoint: Failpoint = no_failpoint, on_commit: OnCommit = no_report
) -> AsyncIterator[Database]:
    """Open the database and migrate its tables; close it after the block.

    Raises `SettingsError` and `StorageError`, and `DatabaseInUse` if another relay has the file.
    """
    url = database_url(settings.database, settings.database_wait_seconds)
    open_it = _open_postgres if is_postgresql(url) else _open_sqlite
    with ExitStack() as locks:
        cancelled = Event()
        opening = asyncio.create_task(
            asyncio.to_thread(open_it, url, settings, locks, failpoint, on_commit, cancelled)
        )
        try:
            database = await asyncio.shield(opening)
        except asyncio.CancelledError:
            cancelled.set()
            await asyncio.wait([opening])
            if opening.exception() is None:
                await opening.result().close()
            raise
        try:
            yield database
        finally:
            await database.close()


def stored_revision(settings: Settings) -> str | None:
    """Return the revision of the database without a change; raises as `open_database`.

    A missing file has none.
    """
    url = database_url(settings.database, settings.database_wait_seconds)
    if is_postgresql(url):
        from streamproof.relay.storage import postgres_connections as postgres

        engine = postgres.open_engine(
            url, connections=1, wait_seconds=settings.database_wait_seconds
        )
        errors = postgres.postgres_errors
    elif Path(str(url.database)).exists():
        engine, errors = create_engine(url, poolclass=NullPool), storage_errors
    else:
        return None
    try:
        with errors(f"database {shown(url)} cannot be used"), engine.connect() as connection:
            return revision_of(connection)
    finally:
        engine.dispose()


def _open_sqlite(
    url: URL,
    settings: Settings,
    locks: ExitStack,
    failpoint: Failpoint,
    on_commit: OnCommit,
    _cancelled: Event,
) -> Database:
    if settings.database_listen:
        raise SettingsError(("database_listen: wanted nothing with an SQLite file, got a URL",))
    locks.enter_context(database_lock(str(url.database)))
    return SqliteDatabase(
        url,
        file=locks.enter_context(database_file(str(url.database))),
        creates_chat_tables=settings.creates_chat_tables,
        synchronous=settings.database_synchronous,
        failpoint=failpoint,
        on_commit=on_commit,
    )


def _open_postgres(
    url: URL,
    settings: Settings,
    _locks: ExitStack,
    failpoint: Failpoint,
    on_commit: OnCommit,
    cancelled: Event,
) -> Database:
    if settings.database_listen:
        listening_url(settings.database_listen)
    # Imported here because most relays use SQLite, and have no driver of PostgreSQL.
    from streamproof.relay.storage.postgres import PostgresDatabase

    return PostgresDatabase(
        url,
        wait_seconds=settings.database_wait_seconds,
        prepares=settings.database_listen is None,
        creates_chat_tables=settings.creates_chat_tables,
        cancelled=cancelled,
        failpoint=failpoint,
        on_commit=on_commit,
    )
