"""The SQLite database: begins and commits its transactions.

`execute_now` runs one statement on the calling thread, if nothing else writes at that moment.
All other writes run in one thread, each as one unit of work. Small units that wait in the queue
share one transaction, so one commit serves all of them (group commit). If a unit fails, the writer
rolls all of them back, and repeats each in a transaction of its own: bad data of one turn does not
harm another turn. A unit can therefore run twice, and must have no effect outside its transaction.
If the commit itself fails, nothing is repeated: it may have succeeded.
Reads run in other threads, each on its own connection and snapshot (WAL).
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, TypeVar

from streamproof.relay.failpoints import no_failpoint
from streamproof.relay.storage.checkpoints import PAGE_BYTES, Checkpointer
from streamproof.relay.storage.errors import StorageError
from streamproof.relay.storage.frames_files import FramesFiles
from streamproof.relay.storage.schema import migrate
from streamproof.relay.storage.sqlite_connections import (
    FULL,
    NORMAL,
    open_connection,
    open_engine,
    storage_errors,
)
from streamproof.relay.storage.transaction import Database, Transaction, no_report
from streamproof.relay.storage.write_queue import Job, WriteQueue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy.engine import URL

    from streamproof.relay.failpoints import Failpoint
    from streamproof.relay.storage.database_file import DatabaseFile
    from streamproof.relay.storage.transaction import OnCommit, ReadUnit, WriteUnit

T = TypeVar("T")
READERS: Final = 4
_logger = logging.getLogger(__name__)

_PAGES_OF_A_UNIT: Final = 20
"""Pages that a unit writes besides its large values, about."""


@dataclass(frozen=True, slots=True)
class _FinishedJob:
    """A job, the transaction of its last run, and its result or error."""

    job: Job[Any]
    transaction: Transaction
    result: Any = None
    error: Exception | None = None

    def report(self) -> None:
        """Run the callbacks of the transaction, then give the caller the result."""
        try:
            self.transaction.end(committed=self.error is None)
        finally:
            if self.error is None:
                self.job.future.set_result(self.result)
            else:
                self.job.future.set_exception(self.error)


class SqliteDatabase(Database):
    """An open SQLite file, which belongs to this relay alone.

    The writer calls `failpoint` with `commit` before each commit, and with `committed` after it.
    """

    def __init__(
        self,
        url: URL,
        *,
        creates_chat_tables: bool = True,
        synchronous: str = NORMAL,
        failpoint: Failpoint = no_failpoint,
        on_commit: OnCommit = no_report,
        file: DatabaseFile | None = None,
    ) -> None:
        """Connect and migrate the tables; blocks. Raises `StorageError`.

        The event loop calls `on_commit` after each commit. `file` must stay the file of the path.
        """
        self._file = file
        self._failpoint = failpoint
        self.on_commit = on_commit
        self.frames_files = FramesFiles(
            str(url.database),
            waits_for_disk=synchronous == FULL,
            failpoint=failpoint,
        )
        self._write_engine = open_engine(url, synchronous, "BEGIN IMMEDIATE", connections=1)
        self._read_engine = open_engine(url, synchronous, "BEGIN", connections=READERS)
        with storage_errors(f"database {url.database} cannot be used"):
            self._write_connection = self._write_engine.connect()
            with self._write_connection.begin():
                migrate(self._write_connection, creates_chat_tables=creates_chat_tables)
            # All of them now: a connection that opens later could open another file.
            for reader in [self._read_engine.connect() for _ in range(READERS)]:
                reader.close()
            self._now_connection = open_connection(url, synchronous)
            self._now_connection.execute("PRAGMA busy_timeout = 0")
            checkpoints = open_connection(url, synchronous)
        self._queue = WriteQueue()
        self._checkpointer = Checkpointer(checkpoints, self.without_large_units)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="relay-reader")
        self._writer = threading.Thread(target=self._run_writer, name="relay-writer", daemon=True)
        self._writer.start()
        self._closed = False

    async def write(self, unit: WriteUnit[T], *, size: int = 0) -> T:
        """Run a unit in the thread that writes."""
        if self._closed:
            raise StorageError("the database is closed")
        job = Job(unit, size, asyncio.get_running_loop().create_future())
        self._queue.put(job)
        try:
            result: T = await asyncio.shield(job.future)
        except asyncio.CancelledError:
            await asyncio.wait([job.future])
            raise
        return result

    def execute_now(self, statement: str, values: Mapping[str, object], pages: int) -> int:
        """Run a statement as a transaction on the calling thread; return how many rows it changed.

        Returns 0 without a wait while another thread or program writes, always if commits wait for
        the disk, and if it fails; then the result of the commit can be unknown. `pages` is about
        the number of written pages.
        """
        if self._closed or self.frames_files.waits_for_disk:
            return 0
        began = perf_counter()
        try:
            self._failpoint("commit")
            changed = self._now_connection.execute(statement, values).rowcount
            self._failpoint("committed")
        except sqlite3.Error:
            return 0
        self.on_commit(1, perf_counter() - began)
        self._checkpointer.wrote(pages)
        return changed

    async def read(self, unit: ReadUnit[T]) -> T:
        """Run a unit in a thread that reads."""
        if self._closed:
            raise StorageError("the database is closed")
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read_now, unit)

    def without_large_units(self) -> AbstractContextManager[None]:
        """Give a context in which no large unit runs; waits for the end of one."""
        return self._queue.without_large()

    def check(self) -> None:
        """Raise `DatabaseReplaced` unless the path still leads to the open file."""
        if self._file is not None:
            self._file.check()

    async def close(self) -> None:
        """Finish the queued units, then close."""
        self._closed = True
        self._queue.close()
        await asyncio.to_thread(self._close_now)

    def _close_now(self) -> None:
        self._writer.join()
        self._checkpointer.close()
        self._readers.shutdown()
        self._now_connection.close()
        self._write_connection.close()
        self._write_engine.dispose()
        self._read_engine.dispose()

    def _read_now(self, unit: ReadUnit[T]) -> T:
        with storage_errors(), self._read_engine.connect() as connection, connection.begin():
            return unit(connection)

    def _run_writer(self) -> None:
        """Run the queued jobs and report their results, until the queue is closed."""
        while jobs := self._queue.next_batch():
            began = perf_counter()
            finished = list(self._run(jobs))
            seconds = perf_counter() - began
            loop = jobs[0].future.get_loop()
            loop.call_soon_threadsafe(self._report_all, finished, seconds)

    def _report_all(self, finished: list[_FinishedJob], seconds: float) -> None:
        self.on_commit(len(finished), seconds)
        for job in finished:
            try:
                job.report()
            except Exception:  # the other callers must get their results
                _logger.exception("a callback at the end of a transaction failed")

    def _run(self, jobs: list[Job[Any]]) -> Iterator[_FinishedJob]:
        """Run all jobs in one transaction; if one fails, each in its own."""
        transactions = [Transaction(self._write_connection) for _ in jobs]
        began = committing = False
        try:
            with storage_errors():
                with self._write_connection.begin():
                    began = True
                    results = [job.unit(tx) for job, tx in zip(jobs, transactions, strict=True)]
                    self._failpoint("commit")
                    committing = True
                self._failpoint("committed")
            large = sum(job.size for job in jobs)
            self._checkpointer.wrote(len(jobs) * _PAGES_OF_A_UNIT + large // PAGE_BYTES)
        except Exception as error:  # noqa: BLE001 - the caller of the unit gets it
            if began and not committing and len(jobs) > 1:
                for job in jobs:
                    yield from self._run([job])
            else:  # if no transaction can begin, do not make each job wait for its own attempt
                for job, transaction in zip(jobs, transactions, strict=True):
                    yield _FinishedJob(job, transaction, error=error)
        else:
            for job, transaction, result in zip(jobs, transactions, results, strict=True):
                yield _FinishedJob(job, transaction, result)
