"""What storing can raise: the database's own exceptions never leave this package."""

from __future__ import annotations

from streamproof.relay.errors import RelayError


class StorageError(RelayError):
    """The database refused; nothing of the unit of work was kept."""


class DatabaseInUse(StorageError):  # noqa: N818 - the name says what happened
    """Another relay has this database file open."""


class FramesRefused(StorageError):  # noqa: N818 - the name says what happened
    """Frames that do not follow the log: a hole, a double, after the last, of no known turn."""
