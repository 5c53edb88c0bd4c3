"""Opens the log of a database, and what brings the announcements of other relays to it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from streamproof.relay.log.sqlite import SqliteLog
from streamproof.relay.storage.address import listening_url
from streamproof.relay.storage.sqlite import SqliteDatabase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from streamproof.relay.dependencies import Dependencies
    from streamproof.relay.log.base import EventLog
    from streamproof.relay.settings import Settings
    from streamproof.relay.storage.transaction import Database


@asynccontextmanager
async def open_log(
    database: Database, settings: Settings, dependencies: Dependencies
) -> AsyncIterator[EventLog]:
    """Open the log of an open database, as long as the block lasts."""
    if isinstance(database, SqliteDatabase):
        sqlite_log = SqliteLog(database, dependencies.now)
        await sqlite_log.open()
        try:
            yield sqlite_log
        finally:
            await sqlite_log.close()
        return
    # Imported here because most relays use SQLite, and have no driver of PostgreSQL.
    from streamproof.relay.log.listener import listen
    from streamproof.relay.log.postgres import PostgresLog
    from streamproof.relay.storage.postgres import PostgresDatabase

    assert isinstance(database, PostgresDatabase)  # noqa: S101 - there is no third one
    log = PostgresLog(database, dependencies.now, dependencies.new_id())
    url = listening_url(settings.database_listen or settings.database)
    listening = asyncio.create_task(listen(url, log))
    try:
        yield log
    finally:
        while not listening.done():  # a driver can lose a cancellation while it connects
            listening.cancel()
            await asyncio.wait([listening], timeout=1.0)
