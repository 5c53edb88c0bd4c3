"""The migration of a database while no relay runs: a step of a deployment."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from streamproof.relay.storage.opening import open_database, stored_revision
from streamproof.relay.storage.schema import HEAD

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
    revisions = revisions_of(settings)
    asyncio.run(_migrate(settings))
    return revisions


async def _migrate(settings: Settings) -> None:
    async with open_database(settings):
        pass


def revisions_of(settings: Settings) -> Revisions:
    """Return the revision of the database without a change; a missing file has none."""
    return Revisions(stored_revision(settings))
