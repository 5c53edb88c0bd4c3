"""The migration of a database while no relay runs: a step of a deployment."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from streamproof.relay.storage.database_file import database_file
from streamproof.relay.storage.lock import database_lock
from streamproof.relay.storage.schema import HEAD, database_url, stored_revision
from streamproof.relay.storage.transaction import Database

if TYPE_CHECKING:
    from streamproof.relay.settings import Settings


class Revisions(NamedTuple):
    """The revision of a database, None without one, and the newest one."""

    found: str | None
    newest: str = HEAD

    @property
    def differ(self) -> bool:
        """Whether a migration is due."""
        return self.found != self.newest


def migrate_database(settings: Settings) -> Revisions:
    """Bring the database to the newest revision, and return the one that it had.

    Raises `SettingsError` for a database that the relay cannot use, `DatabaseInUse` while a relay
    uses it, and `StorageError` if it cannot be migrated; then it stays as it was.
    """
    url = database_url(settings.database, settings.database_wait_seconds)
    with ExitStack() as stack:
        stack.enter_context(database_lock(str(url.database)))
        stack.enter_context(database_file(str(url.database)))
        found = stored_revision(url)
        opened = Database(
            url,
            creates_chat_tables=settings.creates_chat_tables,
            synchronous=settings.database_synchronous,
        )
        asyncio.run(opened.close())
        return Revisions(found)


def revisions_of(settings: Settings) -> Revisions:
    """Return the revision of the database without a change; a missing file has none."""
    url = database_url(settings.database, settings.database_wait_seconds)
    exists = Path(str(url.database)).exists()
    return Revisions(stored_revision(url) if exists else None)
