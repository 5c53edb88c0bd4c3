"""Which running turns belong to this relay: all of its SQLite file, or those with its lease.

A relay has an SQLite file alone, so at its start no other relay runs a turn there. In PostgreSQL
the turns of several relays run next to each other.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Final, cast

from streamproof.relay.storage import leases
from streamproof.relay.storage.errors import DatabaseBusy, FramesRefused
from streamproof.relay.storage.sqlite import SqliteDatabase

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from streamproof.relay.log.base import EventLog
    from streamproof.relay.log.postgres import PostgresLog
    from streamproof.relay.settings import Settings
    from streamproof.relay.storage.leases import ClaimedTurn, HeldTurn, Look
    from streamproof.relay.storage.postgres import PostgresDatabase
    from streamproof.relay.storage.transaction import Database, Transaction

WAIT: Final = 1 / 4
"""The part of a lease for which its renewal waits for a locked row."""


class Ownership(ABC):
    """What a relay knows of the owners of running turns."""

    @abstractmethod
    def hold(self, transaction: Transaction, turn_id: str) -> None:
        """Make this relay the owner of a new turn, as a part of the transaction that stores it."""

    @abstractmethod
    async def check(self, turn_id: str) -> None:
        """Raise `FramesRefused` if another relay has taken over a turn of this one."""

    @abstractmethod
    async def ask_to_stop(self, turn_id: str) -> bool:
        """Ask the owner to stop a turn; return whether another relay may run it."""


class WholeOwnership(Ownership):
    """The ownership of all turns."""

    def hold(self, transaction: Transaction, turn_id: str) -> None:
        """Do nothing: there is no other owner."""

    async def check(self, turn_id: str) -> None:
        """Do nothing: there is no other relay."""

    async def ask_to_stop(self, turn_id: str) -> bool:  # noqa: ARG002 - as in `Ownership`
        """Return False: a turn that does not run here does not run."""
        return False


class LeasedOwnership(Ownership):
    """The ownership of the turns whose leases this relay renews; each lease lasts `seconds`."""

    def __init__(self, database: PostgresDatabase, log: PostgresLog, seconds: float) -> None:
        self.seconds = seconds
        self.log = log
        self._database = database
        self._owner = log.relay_id
        self._looked_at = -inf
        """When this relay last looked at its leases, on the clock of the event loop."""

    def hold(self, transaction: Transaction, turn_id: str) -> None:
        """Write the owner and the lease into the row of a turn."""
        leases.hold(transaction.connection, turn_id, self._owner, self.seconds)

    async def check(self, turn_id: str) -> None:
        """Look into the database if a lease can have run out since the last look."""
        since = asyncio.get_running_loop().time() - self._looked_at
        if since < self.seconds * (1 - leases.DUE):
            return
        if turn_id not in {turn.turn_id for turn in await self._held()}:
            raise FramesRefused(f"turn {turn_id}: another relay has taken it over, or deleted it")

    async def ask_to_stop(self, turn_id: str) -> bool:
        """Store the wish, and announce the turn, so that its owner looks at it."""
        return await self._database.write(partial(self._ask_to_stop, turn_id))

    async def renew(self, known: Collection[str]) -> Sequence[HeldTurn]:
        """Renew the leases that are due, and return the turns that belong to this relay.

        Of a turn that is not among the known ones, the lease may run out. A row that another
        program locks costs only the lease of its own turn: the others are renewed first. Rows that
        are locked all the time, each for a moment, need the wait.
        """
        now = asyncio.get_running_loop().time()
        held = await self._held()
        for wait_seconds in (0.0, self.seconds * WAIT, 0.0):
            if not any(turn.is_due for turn in held if turn.turn_id in known):
                break
            renew = partial(self._renew, known, wait_seconds)
            try:
                held = await self._database.write(renew, apart=True)
            except DatabaseBusy:
                if not wait_seconds:
                    raise  # not a row is locked, but the table
        self._looked_at = now
        return held

    async def look(self) -> Look:
        """Look at the leases of all relays."""
        return await self._database.read(leases.look, apart=True)

    async def claim(self) -> Sequence[ClaimedTurn]:
        """Take over turns whose owner is gone, and return them."""
        return await self._database.write(
            lambda tx: leases.claim(tx.connection, self._owner, self.seconds), apart=True
        )

    def _renew(
        self, known: Collection[str], wait_seconds: float, transaction: Transaction
    ) -> Sequence[HeldTurn]:
        leases.renew(
            transaction.connection, self._owner, self.seconds, known, wait_seconds=wait_seconds
        )
        # Again: another relay can have taken a turn over since the look before.
        return leases.held(transaction.connection, self._owner, self.seconds)

    async def _held(self) -> Sequence[HeldTurn]:
        return await self._database.read(
            lambda connection: leases.held(connection, self._owner, self.seconds), apart=True
        )

    def _ask_to_stop(self, turn_id: str, transaction: Transaction) -> bool:
        is_running = leases.ask_to_stop(transaction.connection, turn_id)
        if is_running:
            self.log.announce(transaction, turn_id)
        return is_running


def ownership_of(database: Database, log: EventLog, settings: Settings) -> Ownership:
    """Return the ownership of the turns in a database."""
    if isinstance(database, SqliteDatabase):
        return WholeOwnership()
    postgres, its_log = cast("PostgresDatabase", database), cast("PostgresLog", log)
    return LeasedOwnership(postgres, its_log, settings.lease_seconds)
