"""The one place that begins and commits.

Writes go through one thread, each as a whole unit of work. Whatever is queued when the thread
looks shares one transaction (group commit), so many turns cost one commit. A batch that fails is
rolled back and done again unit by unit: bad data of one turn never harms another's commit. So a
unit may run twice and has no effect but on its connection.
Reads run in other threads on connections of their own, each on one snapshot (WAL).
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

from sqlalchemy import create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from streamproof.relay.storage.errors import StorageError
from streamproof.relay.storage.schema import migrate

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Connection, Engine

T = TypeVar("T")
Unit: TypeAlias = "Callable[[Connection], T]"
Failpoint: TypeAlias = Callable[[str], None]

MAX_BATCH_UNITS: Final = 1000
"""So that one commit, and one unlucky batch done again, stays short."""
READERS: Final = 4
PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    # A commit survives kill -9; the last commits before a power cut may be lost.
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 5000",
)


def no_failpoint(name: str) -> None:
    """Fail nowhere."""


@dataclass(frozen=True, slots=True)
class _Job(Generic[T]):
    """A unit of work and the future that waits for it."""

    unit: Unit[T]
    future: asyncio.Future[T]


class Database:
    """An open database: `write` for units that change something, `read` for those that do not.

    `failpoint` is called by name inside the writer: `commit` before each commit, `committed` after.
    """

    def __init__(
        self, url: URL, *, creates_chat_tables: bool = True, failpoint: Failpoint = no_failpoint
    ) -> None:
        """Connect and bring the tables up to date; blocks. Raises `StorageError`."""
        self._failpoint = failpoint
        self._writing = _engine(url, "BEGIN IMMEDIATE", connections=1)
        self._reading = _engine(url, "BEGIN", connections=READERS)
        with _translated(f"database {url.database} cannot be used"):
            self._connection = self._writing.connect()
            with self._connection.begin():
                migrate(self._connection, creates_chat_tables=creates_chat_tables)
        self._jobs: SimpleQueue[_Job[Any] | None] = SimpleQueue()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="relay-reader")
        self._writer = threading.Thread(target=self._serve, name="relay-writer", daemon=True)
        self._writer.start()
        self._closed = False

    async def write(self, unit: Unit[T]) -> T:
        """Run a unit in a transaction; what it did is durable when this returns.

        Raises what the unit raised, or `StorageError`; then nothing of the unit was kept.
        A caller that is cancelled goes on when the unit is done, so that nothing of it can still
        come in between what the caller does next.
        """
        if self._closed:
            raise StorageError("the database is closed")
        job = _Job(unit, asyncio.get_running_loop().create_future())
        self._jobs.put(job)
        try:
            result: T = await asyncio.shield(job.future)
        except asyncio.CancelledError:
            await asyncio.wait([job.future])
            raise
        return result

    async def read(self, unit: Unit[T]) -> T:
        """Run a unit that changes nothing, on one snapshot of the database."""
        if self._closed:
            raise StorageError("the database is closed")
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read_now, unit)

    async def close(self) -> None:
        """Finish what is queued, then close."""
        self._closed = True
        self._jobs.put(None)
        await asyncio.to_thread(self._close_now)

    def _close_now(self) -> None:
        self._writer.join()
        self._readers.shutdown()
        self._connection.close()
        self._writing.dispose()
        self._reading.dispose()

    def _read_now(self, unit: Unit[T]) -> T:
        with _translated(), self._reading.connect() as connection, connection.begin():
            return unit(connection)

    def _serve(self) -> None:
        """Take whatever is queued, commit it, answer; until None comes."""
        open_for_more = True
        while open_for_more:
            batch = self._next_batch()
            open_for_more = batch[-1] is not None
            jobs = [job for job in batch if job is not None]
            if jobs:
                answers = list(self._run(jobs))
                jobs[0].future.get_loop().call_soon_threadsafe(_give, answers)

    def _next_batch(self) -> list[_Job[Any] | None]:
        batch = [self._jobs.get()]
        try:
            while batch[-1] is not None and len(batch) < MAX_BATCH_UNITS:
                batch.append(self._jobs.get_nowait())
        except Empty:
            pass
        return batch

    def _run(self, jobs: list[_Job[Any]]) -> Iterator[tuple[_Job[Any], Any, Exception | None]]:
        """Do all jobs in one transaction, or each in its own where that fails."""
        began = False
        try:
            with _translated(), self._connection.begin():
                began = True
                results = [job.unit(self._connection) for job in jobs]
                self._failpoint("commit")
            self._failpoint("committed")
        except Exception as error:  # noqa: BLE001 - whatever a unit raises belongs to its caller
            if began and len(jobs) > 1:
                for job in jobs:
                    yield from self._run([job])
            else:  # a database that lets nobody begin would keep each waiting in turn
                yield from ((job, None, error) for job in jobs)
        else:
            yield from ((job, result, None) for job, result in zip(jobs, results, strict=True))


def _give(answers: list[tuple[_Job[Any], Any, Exception | None]]) -> None:
    for job, result, error in answers:
        if job.future.cancelled():
            continue
        if error is None:
            job.future.set_result(result)
        else:
            job.future.set_exception(error)


def _engine(url: URL, begin: str, *, connections: int) -> Engine:
    """Make an engine whose transactions begin as told, not when the driver thinks it right."""
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        connect_args={"check_same_thread": False},
        hide_parameters=True,  # what users say is not for the log
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def begin_now(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


@contextmanager
def _translated(what: str = "the database refused") -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise StorageError(f"{what}: {getattr(error, 'orig', error)}") from error
