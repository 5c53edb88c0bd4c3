"""Listens to the announcements of other relays, on a connection of its own.

While it is not connected, the readers of other relays' turns look for frames again and again. They
also look once after each connection, because announcements may have been lost before. A server that
accepts no writes announces nothing, for example one whose place another one has taken.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

from streamproof.relay.log.announcement import CHANNEL, CHECK
from streamproof.relay.storage.errors import StorageError
from streamproof.relay.storage.postgres_connections import connect, postgres_errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import asyncpg
    from sqlalchemy.engine import URL

    from streamproof.relay.log.postgres import PostgresLog

_logger = logging.getLogger(__name__)

POLL_SECONDS: Final = 0.25
CHECK_SECONDS: Final = 5.0
"""Seconds between two checks of a connection that is silent: it may be lost without a sign."""


async def listen(url: URL, log: PostgresLog) -> None:
    """Pass announcements on to a log, until cancelled."""
    problem = ""
    while True:
        try:
            async with _connection(url, log) as connection:
                problem = ""
                await _until_lost(connection)
        except StorageError as error:
            if str(error) != problem:  # not a line for each attempt to connect
                problem = str(error)
                _logger.warning("other relays cannot be heard now: %s", problem)
        except Exception:  # a driver has errors of its own; the next connection may work
            _logger.exception("other relays cannot be heard now")
        log.wake()
        await asyncio.sleep(POLL_SECONDS)


@asynccontextmanager
async def _connection(url: URL, log: PostgresLog) -> AsyncIterator[asyncpg.Connection]:
    """Give a connection that passes announcements on; let the readers look for earlier frames."""
    connection = await connect(url)
    try:
        with postgres_errors():
            async with asyncio.timeout(CHECK_SECONDS):
                await connection.add_listener(CHANNEL, lambda *args: log.hear(args[-1]))
        await _check(connection)
        log.wake()
        yield connection
    finally:
        connection.terminate()


async def _until_lost(connection: asyncpg.Connection) -> None:
    """Wait; raises `StorageError` when the connection is lost."""
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _: lost.set())
    while not connection.is_closed():
        with suppress(TimeoutError):
            async with asyncio.timeout(CHECK_SECONDS):
                await lost.wait()
        await _check(connection)


async def _check(connection: asyncpg.Connection) -> None:
    """Raise `StorageError` if nothing will be announced on a connection."""
    with postgres_errors():
        read_only = await connection.fetchval(CHECK, timeout=CHECK_SECONDS)
    if read_only == "on":
        raise StorageError("the database accepts no writes, so nothing is announced there")
