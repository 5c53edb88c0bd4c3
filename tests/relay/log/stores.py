"""A log for tests, of each kind, with the turns a and b, which have no frames yet."""

from __future__ import annotations

import asyncio
import selectors
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import pytest

from streamproof.relay.dependencies import Dependencies
from streamproof.relay.frames import Frame, FrameBatch
from streamproof.relay.log.base import EventLog
from streamproof.relay.log.memory import MemoryLog
from streamproof.relay.log.opening import open_log
from streamproof.relay.settings import Settings
from streamproof.relay.storage import conversations, turn_rows
from streamproof.relay.storage.opening import open_database
from streamproof.relay.storage.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from sqlalchemy.engine import Connection

    from tests.postgres import Databases

KINDS = ("memory", "sqlite", "postgresql")
KINDS_IN_PROVE = ("memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.prove))
"""The same, with PostgreSQL among the long tests."""
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Clock:
    """Time that only the test moves."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        """Return the time."""
        return self.now


class SkippingSelector(selectors.DefaultSelector):
    """Adds up the times that it was asked to wait for, and does not wait."""

    skipped = 0.0

    def select(self, timeout=None):
        """Return what is ready; wait only if no time was given."""
        self.skipped += timeout or 0.0
        return super().select(timeout and 0)


class CountingLoop(asyncio.SelectorEventLoop):
    """A loop that waits for no timer: the time passes on its clock only.

    A tenth of a millisecond passes whenever the clock is read.
    """

    def __init__(self):
        self._reads = 0
        self._clock = SkippingSelector()
        super().__init__(self._clock)

    def time(self):
        """Return the moment."""
        self._reads += 1
        return self._reads / 10_000 + self._clock.skipped


@dataclass(frozen=True, slots=True)
class Store:
    """A log, and the way to run a transaction in which it takes part."""

    log: EventLog
    write: Callable[[Callable[[Transaction], Any]], Awaitable[Any]]

    async def append(self, turn_id: str, frames: list[Frame]) -> None:
        """Append frames in a transaction of their own."""
        await self.write(lambda tx: self.log.append(tx, turn_id, frames))

    async def post(self, turn_id: str, frames: list[Frame]) -> None:
        """Post frames, and wait until they are committed."""
        result = asyncio.get_running_loop().create_future()

        def on_committed(error):
            if error is None:
                result.set_result(None)
            else:
                result.set_exception(error)

        self.log.post(FrameBatch(turn_id, frames), on_committed)
        await result

    async def read(self, turn_id: str, after: int = -1) -> list[Frame]:
        """Read the next frames."""
        return await self.log.read(turn_id, after)


def writer_in_memory() -> Callable[[Callable[[Transaction], Any]], Awaitable[Any]]:
    """Return a function that runs units as a database does, but without a connection."""
    one_at_a_time = asyncio.Lock()

    async def write(unit: Callable[[Transaction], Any]) -> Any:
        transaction = Transaction(cast("Connection", None))
        committed = False
        async with one_at_a_time:
            try:
                result = await asyncio.to_thread(unit, transaction)
                committed = True
            finally:
                transaction.end(committed=committed)
        return result

    return write


@asynccontextmanager
async def open_store(kind: str, place: str, clock: Clock) -> AsyncIterator[Store]:
    """Give a log of this kind; in a database it is the same in each call with the same place."""
    if kind == "memory":
        yield Store(MemoryLog(clock), writer_in_memory())
        return
    settings = Settings(ai_url="http://unused", database=place, jwt_secret="unused" * 8)
    async with open_database(settings) as database:
        if not await database.read(turn_rows.running_turns):
            await database.write(insert_turns)
        async with open_log(database, settings, Dependencies(now=clock)) as log:
            yield Store(log, database.write)


@contextmanager
def new_place(kind: str, databases: Callable[[], Databases]) -> Iterator[str]:
    """Give the place of a new database, as long as the block lasts."""
    with TemporaryDirectory() as folder:
        yield databases().migrated() if kind == "postgresql" else f"{folder}/chat.db"


def insert_turns(transaction, turn_ids=("a", "b")):
    connection = transaction.connection
    for turn_id in turn_ids:
        room = conversations.Room(f"room-{turn_id}", None, NOW)
        turn = turn_rows.NewTurn(turn_id, f"message-{turn_id}", room.id, "ana", "Hello?", NOW)
        conversations.create_room(connection, "ana", room)
        turn_rows.insert_question(connection, turn)
        turn_rows.insert_turn(connection, turn, max_running=99)


def frame(n, data="x"):
    return Frame(n, "message", data)


def last(n):
    return Frame(n, "end", '{"type":"end"}')
