"""The PostgreSQL database: begins and commits its transactions. Several relays can share one.

Each unit of work is one transaction in a thread. Writes are READ COMMITTED, and a unit locks the
rows that it decides by, in this order: the room, its user, the turn. So two units wait for each
other only where they must. SERIALIZABLE would need no locks, but it would also repeat units that do
not touch the same rows, because it guards pages of an index, and every frame is in one index.

A unit is repeated if PostgreSQL rolled it back because of another transaction, or if its
connection was lost before the commit: then nothing of it was stored. After the commit was sent it
is not repeated: it may have succeeded. PostgreSQL itself commits concurrent transactions together.
`execute_now` runs one statement, which is a transaction, on a connection of the event loop.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from sqlalchemy.exc import DBAPIError

from streamproof.relay.failpoints import no_failpoint
from streamproof.relay.storage.address import shown
from streamproof.relay.storage.bounded_connection import STATEMENT_SECONDS, NoAnswer
from streamproof.relay.storage.errors import StorageError
from streamproof.relay.storage.postgres_connections import (
    READ_ONLY,
    REPEATABLE,
    code_of,
    connect,
    for_reading,
    open_engine,
    postgres_errors,
)
from streamproof.relay.storage.schema import migrate
from streamproof.relay.storage.transaction import Database, Transaction, no_report

if TYPE_CHECKING:
    from threading import Event

    import asyncpg
    from sqlalchemy.engine import URL, Connection, Engine

    from streamproof.relay.failpoints import Failpoint
    from streamproof.relay.storage.transaction import OnCommit, ReadUnit, WriteUnit

T = TypeVar("T")

WRITERS: Final = 4
READERS: Final = 4
KEEPERS: Final = 1
"""Threads, each with its connection. One more connection takes the frames, and one listens."""
ATTEMPTS: Final = 5
CANCEL_SECONDS: Final = 1.0
"""Seconds for the server to confirm that it has cancelled a statement."""
REFUSAL_SECONDS: Final = 1.0
"""A server that is there refuses a connection within this time."""
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _FinishedUnit(Generic[T]):
    """The last transaction of a unit, if one began, and the result of the unit or its error."""

    transaction: Transaction | None
    result: T | None = None
    error: Exception | None = None


class PostgresDatabase(Database):
    """An open PostgreSQL database.

    `failpoint` is called with `commit` before each commit, and with `committed` after it.
    """

    def __init__(
        self,
        url: URL,
        *,
        wait_seconds: float = 5.0,
        statement_seconds: float = STATEMENT_SECONDS,
        prepares: bool = True,
        creates_chat_tables: bool = True,
        cancelled: Event | None = None,
        failpoint: Failpoint = no_failpoint,
        on_commit: OnCommit = no_report,
    ) -> None:
        """Connect and migrate the tables; blocks. Raises `StorageError`.

        The event loop calls `on_commit` after each commit. `prepares`: whether statements that are
        repeated may be prepared, which a pooler in transaction mode does not allow. `cancelled`
        ends the wait for the migration of another relay, with an error.
        """
        self._url = url
        self._prepares = prepares
        self._failpoint = failpoint
        self._on_commit = on_commit
        self._statement_seconds = statement_seconds
        self._write_engine = open_engine(
            url,
            connections=WRITERS + READERS + KEEPERS,
            wait_seconds=wait_seconds,
            statement_seconds=statement_seconds,
            prepares=prepares,
        )
        self._read_engine = for_reading(self._write_engine)
        try:
            with (
                postgres_errors(f"database {shown(url)} cannot be used"),
                self._write_engine.begin() as connection,
            ):
                migrate(connection, creates_chat_tables=creates_chat_tables, cancelled=cancelled)
        except StorageError:
            self._write_engine.dispose()
            raise
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="relay-writer")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="relay-reader")
        self._keepers = ThreadPoolExecutor(KEEPERS, thread_name_prefix="relay-keeper")
        self._now_connection: asyncpg.Connection | None = None
        self._writes = set[asyncio.Task[Any]]()
        self._closed = False
        self._silent_at = -inf
        """When a unit last found that nothing answers."""

    async def write(
        self,
        unit: WriteUnit[T],
        *,
        size: int = 0,  # noqa: ARG002 - large transactions do not hold up other connections
        apart: bool = False,
    ) -> T:
        """Run a unit in a thread that writes; `apart`: in one where no other units wait."""
        if self._closed:
            raise StorageError("the database is closed")
        threads = self._keepers if apart else self._writers
        task = asyncio.create_task(self._write(threads, unit))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            raise

    async def read(self, unit: ReadUnit[T], *, apart: bool = False) -> T:
        """Run a unit in a thread that reads; `apart`: in one where no other units wait."""
        if self._closed:
            raise StorageError("the database is closed")
        threads = self._keepers if apart else self._readers
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, self._read_now, unit, monotonic())

    async def execute_now(self, statement: str, *arguments: object, units: int = 1) -> Any:  # noqa: ANN401 - what the statement returns
        """Run one statement in a transaction of its own, and return the first value.

        Raises `StorageError`; then nothing was stored, or the result of the commit is unknown. Call
        it again only after it has returned.
        """
        began = perf_counter()
        with postgres_errors():
            if self._now_connection is None or self._now_connection.is_closed():
                self._now_connection = await connect(self._url, prepares=self._prepares)
            self._failpoint("commit")
            value = await self._answer(self._now_connection, statement, *arguments)
            self._on_commit(units, perf_counter() - began)
            self._failpoint("committed")
        return value

    async def _answer(
        self, connection: asyncpg.Connection, statement: str, *arguments: object
    ) -> Any:  # noqa: ANN401 - what the statement returns
        """Return what a statement returns; end a connection on which no further one can succeed."""
        try:
            return await connection.fetchval(statement, *arguments, timeout=self._statement_seconds)
        except TimeoutError as error:
            # The driver has asked the server to cancel the statement. It would wait without end
            # for the confirmation, before the next statement.
            await _close(connection, CANCEL_SECONDS)
            raise TimeoutError(f"no answer in {self._statement_seconds:g} s") from error
        except Exception as error:
            if code_of(error) == READ_ONLY:  # another server may accept writes
                await _close(connection, CANCEL_SECONDS)
            raise

    def check(self) -> None:
        """Do nothing: a server that is gone refuses the commit."""

    async def close(self) -> None:
        """Finish the units that run or wait, then close."""
        self._closed = True
        while self._writes:
            await asyncio.wait(self._writes)
        if self._now_connection is not None:
            await _close(self._now_connection, self._statement_seconds)
        await asyncio.to_thread(self._close_now)

    def _close_now(self) -> None:
        self._writers.shutdown()
        self._readers.shutdown()
        self._keepers.shutdown()
        self._write_engine.dispose()

    async def _write(self, threads: ThreadPoolExecutor, unit: WriteUnit[T]) -> T:
        loop = asyncio.get_running_loop()
        began = perf_counter()
        finished = await loop.run_in_executor(threads, self._write_now, unit, monotonic())
        self._on_commit(1, perf_counter() - began)
        try:
            if finished.transaction is not None:
                finished.transaction.end(committed=finished.error is None)
        except Exception:  # the caller must get its result
            _logger.exception("a callback at the end of a transaction failed")
        if finished.error is not None:
            raise finished.error
        return finished.result  # type: ignore[return-value] # without an error there is a result

    def _write_now(self, unit: WriteUnit[T], since: float) -> _FinishedUnit[T]:
        """Run a unit, again if PostgreSQL rolled it back without a fault of its own."""
        for _ in range(ATTEMPTS - 1):
            finished, is_repeatable = self._attempt(unit, since)
            if not is_repeatable:
                return finished
        return self._attempt(unit, since)[0]

    def _attempt(self, unit: WriteUnit[T], since: float) -> tuple[_FinishedUnit[T], bool]:
        """Run a unit once; return also whether it can be repeated, since nothing was stored."""
        transaction: Transaction | None = None
        committing = False
        try:
            with postgres_errors():
                with self._connected(self._write_engine, since) as connection, connection.begin():
                    transaction = Transaction(connection)
                    result = unit(transaction)
                    self._failpoint("commit")
                    committing = True
                self._failpoint("committed")
        except Exception as error:  # noqa: BLE001 - the caller of the unit gets it
            cause = error.__cause__ or error
            is_repeatable = code_of(cause) in REPEATABLE or (not committing and _is_lost(cause))
            return _FinishedUnit(transaction, error=error), is_repeatable
        return _FinishedUnit(transaction, result), False

    def _read_now(self, unit: ReadUnit[T], since: float) -> T:
        for _ in range(ATTEMPTS - 1):
            try:
                return self._read_once(unit, since)
            except StorageError as error:
                if not _is_lost(error.__cause__):
                    raise
        return self._read_once(unit, since)

    def _read_once(self, unit: ReadUnit[T], since: float) -> T:
        with (
            postgres_errors(),
            self._connected(self._read_engine, since) as connection,
            connection.begin(),
        ):
            return unit(connection)

    def _connected(self, engine: Engine, since: float) -> Connection:
        """Return a connection for a unit that waits since this moment; raises `StorageError`.

        If another unit has found meanwhile that nothing answers, this one does not try: all that
        wait would need as many times as long.
        """
        if since < self._silent_at:
            raise StorageError("the database does not answer")
        began = monotonic()
        try:
            return engine.connect()
        except DBAPIError:
            if monotonic() - began > REFUSAL_SECONDS:
                self._silent_at = monotonic()
            raise


async def _close(connection: asyncpg.Connection, seconds: float) -> None:
    """Close a connection in this time, or break it off."""
    with suppress(StorageError), postgres_errors():
        async with asyncio.timeout(seconds):
            await connection.close()


def _is_lost(error: BaseException | None) -> bool:
    """Tell whether the connection of a statement was lost, so that the pool has dropped it.

    A statement without an answer is not tried again: it has taken enough time.
    """
    return (
        isinstance(error, DBAPIError)
        and error.connection_invalidated
        and not isinstance(error.orig, NoAnswer)
    )
