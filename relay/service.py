"""The running relay: opens its parts in order, and closes them in the reverse order."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from streamproof.relay.auth import Authenticator
from streamproof.relay.delivery import ConnectionNumbers
from streamproof.relay.fair_queue import FairQueue
from streamproof.relay.http_client import HttpClient
from streamproof.relay.lease_keeper import LeaseKeeper
from streamproof.relay.limits_per_user import OpenStreams, RequestRates
from streamproof.relay.log.opening import open_log
from streamproof.relay.metrics import Metrics
from streamproof.relay.ownership import LeasedOwnership, ownership_of
from streamproof.relay.resume import ResumeFinder
from streamproof.relay.storage import turn_rows
from streamproof.relay.storage.errors import StorageError
from streamproof.relay.storage.legible import log_rows_without_moment
from streamproof.relay.storage.opening import open_database
from streamproof.relay.turn_runner import TurnRunner
from streamproof.relay.turn_store import TurnStore
from streamproof.relay.upstream import UpstreamClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Container, Coroutine

    from streamproof.relay.dependencies import Dependencies
    from streamproof.relay.log.base import EventLog
    from streamproof.relay.settings import Settings
    from streamproof.relay.storage.transaction import Database

_logger = logging.getLogger(__name__)

PURGES_PER_RETENTION: Final = 4
"""Purges within `retain_seconds`; they are at least one second apart."""


@dataclass(frozen=True, slots=True)
class Relay:
    """What the HTTP handlers use."""

    settings: Settings
    dependencies: Dependencies
    authenticator: Authenticator
    origins: Container[str]
    database: Database
    log: EventLog
    resume: ResumeFinder
    turns: TurnRunner
    connection_numbers: ConnectionNumbers
    rates: RequestRates
    streams_of_user: OpenStreams
    streams_of_turn: OpenStreams
    metrics: Metrics
    decoding: FairQueue
    """Where URL-encoded forms wait until they are decoded."""
    writing: FairQueue
    """Where parts of long writes to browsers wait."""
    sending: set[asyncio.Task[None]]
    """The tasks that send a stream to a browser."""

    def opened(self, sending: asyncio.Task[None], user_id: str, turn_id: str) -> None:
        """Count a stream until its task ends."""
        self.sending.add(sending)
        self.streams_of_user.add(user_id)
        self.streams_of_turn.add(turn_id)
        sending.add_done_callback(partial(self._closed, user_id, turn_id))

    def _closed(self, user_id: str, turn_id: str, sending: asyncio.Task[None]) -> None:
        self.sending.discard(sending)
        self.streams_of_user.remove(user_id)
        self.streams_of_turn.remove(turn_id)


@asynccontextmanager
async def running_relay(settings: Settings, dependencies: Dependencies) -> AsyncIterator[Relay]:
    """Open the database, end the turns that an earlier process left running, and purge frames.

    Raises `StorageError` if the database cannot be used, and `DatabaseInUse` if another relay
    has the file.
    """
    metrics = Metrics()
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(
            open_database(settings, failpoint=dependencies.failpoint, on_commit=metrics.flushed)
        )
        log = await stack.enter_async_context(open_log(database, settings, dependencies))
        upstream = UpstreamClient(
            HttpClient(settings.stream_url),
            settings,
            FairQueue(),
            random=dependencies.random,
            sleep=dependencies.sleep,
            now=dependencies.now,
        )
        ownership = ownership_of(database, log, settings)
        store = TurnStore(
            settings, database, log, dependencies, ownership=ownership, metrics=metrics
        )
        turns = TurnRunner(settings, store, upstream, dependencies)
        stack.push_async_callback(turns.close)
        if isinstance(ownership, LeasedOwnership):
            keeper = LeaseKeeper(ownership, turns, metrics)
            await stack.enter_async_context(_background(keeper.run()))
        else:
            await turns.recover(await database.read(turn_rows.running_turns))
        illegible = partial(database.read, log_rows_without_moment)
        naming = _attempt(illegible, "the rows without a moment cannot be listed now")
        await stack.enter_async_context(_background(naming))
        await stack.enter_async_context(_background(_purge_forever(log, settings, dependencies)))
        yield Relay(
            settings=settings,
            dependencies=dependencies,
            authenticator=dependencies.authenticator or Authenticator.of(settings),
            origins=settings.allowed_origins
            if dependencies.origins is None
            else dependencies.origins,
            database=database,
            log=log,
            resume=ResumeFinder(database, log),
            turns=turns,
            connection_numbers=ConnectionNumbers(),
            rates=RequestRates(settings.max_requests_per_minute, asyncio.get_running_loop().time),
            streams_of_user=OpenStreams(settings.max_readers_per_user, "user"),
            streams_of_turn=OpenStreams(settings.max_readers_per_turn, "turn"),
            metrics=metrics,
            decoding=FairQueue(),
            writing=FairQueue(),
            sending=set(),
        )


@asynccontextmanager
async def _background(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run a coroutine in a task as long as the block lasts."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _attempt(work: Callable[[], Awaitable[object]], problem: str) -> None:
    """Do work that the relay can do without; log why it failed."""
    try:
        await work()
    except StorageError as error:
        _logger.warning("%s: %s", problem, error)
    except Exception:
        _logger.exception(problem)


async def _purge_forever(log: EventLog, settings: Settings, dependencies: Dependencies) -> None:
    """Delete, again and again, the frames of turns that ended `retain_seconds` ago."""
    retained = timedelta(seconds=settings.retain_seconds)
    pause_seconds = max(1.0, settings.retain_seconds / PURGES_PER_RETENTION)
    while True:
        purge = partial(log.purge, dependencies.now() - retained)
        await _attempt(purge, "old frames cannot be purged now")
        await dependencies.sleep(pause_seconds)
