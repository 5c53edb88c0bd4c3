"""A listener that hears nothing connects again, and its readers look for frames meanwhile."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

import pytest

from streamproof.relay.log import listener
from streamproof.relay.log.announcement import CHECK
from streamproof.relay.storage import connect_options
from streamproof.relay.storage.address import database_url
from tests.relay.storage.test_postgres_silence import running_proxy

if TYPE_CHECKING:
    from streamproof.relay.log.postgres import PostgresLog

SECONDS = 0.3
"""How long the relay under test waits for an answer."""
REFUSE = "ALTER SYSTEM SET default_transaction_read_only = on"
ACCEPT = "ALTER SYSTEM RESET default_transaction_read_only"


class Woken:
    """A log that counts how often its readers look for frames because none could be heard."""

    def __init__(self):
        self.times = asyncio.Queue[None]()

    def wake(self, turn_ids=None):
        """Let the readers look for frames."""
        self.times.put_nowait(None)

    def hear(self, text):
        """Hear an announcement."""


@asynccontextmanager
async def listening(url):
    """Listen as long as the block lasts; give the log."""
    log = Woken()
    task = asyncio.create_task(listener.listen(database_url(url), cast("PostgresLog", log)))
    await log.times.get()
    yield log
    while not task.done():  # a driver can lose a cancellation while it connects
        task.cancel()
        await asyncio.wait([task], timeout=SECONDS)


@pytest.fixture(autouse=True)
def _often(monkeypatch):
    monkeypatch.setattr(listener, "CHECK_SECONDS", SECONDS)


@pytest.fixture
def read_only(postgres):
    """Give a function that decides whether the server accepts writes."""

    def decide(refuses):
        postgres.execute(REFUSE if refuses else ACCEPT)
        postgres.execute("SELECT pg_reload_conf()")

    yield decide
    decide(refuses=False)


async def test_a_listener_that_hears_nothing_connects_again(postgres, monkeypatch):
    monkeypatch.setattr(connect_options, "CONNECT_SECONDS", SECONDS)
    async with running_proxy(postgres.migrated()) as (proxy, url), listening(url) as log:
        proxy.fall_silent()
        known = proxy.connections
        while proxy.connections == known:
            await log.times.get()  # the readers look while the listener cannot hear
        proxy.go_on()


@pytest.mark.parametrize("hosts", [1, 2])
async def test_a_listener_leaves_a_server_that_accepts_no_writes(
    postgres, read_only, hosts, caplog
):
    place = postgres.migrated().partition("?")[0]
    url = f"{place}?host={','.join([str(postgres.server.folder)] * hosts)}"
    problem = ("accepts no writes", "connect to")[hosts - 1]
    async with listening(url) as log:
        read_only(refuses=True)
        while problem not in caplog.text:
            await log.times.get()
        for _ in range(3):  # the readers look again and again
            await log.times.get()
        read_only(refuses=False)
        heard = f"FROM pg_stat_activity WHERE query = '{CHECK}'"
        while not await asyncio.to_thread(postgres.execute, f"SELECT pid {heard}"):
            pass
