"""The running relay: its parts, opened and closed together in one order."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from streamproof.relay.auth import Authenticator
from streamproof.relay.http_client import open_session
from streamproof.relay.log.sqlite import SqliteLog
from streamproof.relay.resume import ResumeFinder
from streamproof.relay.storage import turn_rows
from streamproof.relay.storage.errors import StorageError
from streamproof.relay.storage.lock import sole_user
from streamproof.relay.storage.schema import database_url
from streamproof.relay.storage.transaction import Database
from streamproof.relay.turn_runner import TurnRunner
from streamproof.relay.upstream import UpstreamClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Container, Coroutine

    from streamproof.relay.dependencies import Dependencies
    from streamproof.relay.log.base import EventLog
    from streamproof.relay.settings import Settings

_logger = logging.getLogger(__name__)

PURGES_PER_RETENTION = 4
"""How often old frames are looked for: the retention divided by this, at least a second."""


@dataclass(frozen=True, slots=True)
class Relay:
    """What the handlers work with."""

    settings: Settings
    parts: Dependencies
    authenticator: Authenticator
    origins: Container[str]
    database: Database
    log: EventLog
    resume: ResumeFinder
    producers: TurnRunner


@asynccontextmanager
async def running_relay(settings: Settings, parts: Dependencies) -> AsyncIterator[Relay]:
    """Open the database, end what an earlier process left running, and close all at the end.

    Raises `StorageError` where the database cannot be used, `DatabaseInUse` where it is in use.
    """
    url = database_url(settings.database)
    async with AsyncExitStack() as opened:
        opened.enter_context(sole_user(str(url.database)))
        database = await asyncio.to_thread(
            Database,
            url,
            creates_chat_tables=settings.creates_chat_tables,
            failpoint=parts.failpoint,
        )
        opened.push_async_callback(database.close)
        session = await opened.enter_async_context(open_session())
        upstream = UpstreamClient(
            session, settings, random=parts.random, sleep=parts.sleep, now=parts.now
        )
        log = SqliteLog(database, parts.now)
        producers = TurnRunner(settings, log, upstream, parts)
        opened.push_async_callback(producers.close)
        await producers.recover(await database.read(turn_rows.running_turns))
        await opened.enter_async_context(_background(_purge_for_ever(log, settings, parts)))
        yield Relay(
            settings=settings,
            parts=parts,
            authenticator=parts.authenticator
            or Authenticator(settings.jwt_secret, settings.jwt_cookie),
            origins=settings.allowed_origins if parts.origins is None else parts.origins,
            database=database,
            log=log,
            resume=ResumeFinder(database, log),
            producers=producers,
        )


@asynccontextmanager
async def _background(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run something beside the block, and end it with the block."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _purge_for_ever(log: EventLog, settings: Settings, parts: Dependencies) -> None:
    """Forget the frames of turns that ended long enough ago, again and again."""
    pause = max(1.0, settings.retain_seconds / PURGES_PER_RETENTION)
    while True:
        try:
            await log.purge(parts.now() - timedelta(seconds=settings.retain_seconds))
        except StorageError as error:
            _logger.warning("old frames stay for now: %s", error)
        await parts.sleep(pause)
