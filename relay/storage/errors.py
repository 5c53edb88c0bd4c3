"""The errors of the storage. The exceptions of the database itself do not leave this package."""

from __future__ import annotations

from streamproof.relay.errors import RelayError


class StorageError(RelayError):
    """The database refused; nothing of the unit of work was stored."""


class DatabaseInUse(StorageError):  # noqa: N818 - the name says what happened
    """Another relay has this database file open."""


class DatabaseBusy(StorageError):  # noqa: N818 - the name says what happened
    """Another program held the lock of the database for longer than `database_wait_seconds`."""


class DatabaseReplaced(StorageError):  # noqa: N818 - the name says what happened
    """The path of the database no longer leads to the file that this relay has open."""


class FramesRefused(StorageError):  # noqa: N818 - the name says what happened
    """The frames do not continue the log: a gap, a repeated number, after the end, no such turn."""
