"""A network that swallows everything, but keeps connections open, cannot make a relay hang."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager, suppress

import pytest
from sqlalchemy import make_url, text

from streamproof.relay.storage import connect_options
from streamproof.relay.storage.address import database_url
from streamproof.relay.storage.errors import StorageError
from streamproof.relay.storage.postgres import PostgresDatabase
from streamproof.relay.storage.postgres_connections import connect, open_engine

SECONDS = 0.3
PATIENCE = 20.0  # only a test that fails waits so long
"""How long the relay under test waits for an answer."""
PORT = ".s.PGSQL.5432"


class Proxy:
    """Passes bytes on to a server; while it is silent, it takes them and passes nothing on."""

    def __init__(self, target):
        self._target = target
        self._passing = asyncio.Event()
        self._passing.set()
        self.connections = 0
        self._tasks = set[asyncio.Task[None]]()

    def fall_silent(self):
        """Swallow everything from now on, also what new connections send."""
        self._passing.clear()

    def go_on(self):
        """Pass on what comes from now on; earlier connections stay silent."""
        self._passing = asyncio.Event()
        self._passing.set()

    async def accept(self, reader, writer):
        """Serve one connection."""
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        passing = self._passing
        with suppress(ConnectionError, asyncio.CancelledError):
            from_server, to_server = await asyncio.open_unix_connection(self._target)
            try:
                await asyncio.gather(
                    self._pass(reader, to_server, passing), self._pass(from_server, writer, passing)
                )
            finally:
                to_server.close()
                writer.close()

    async def _pass(self, reader, writer, passing):
        while data := await reader.read(65_536):
            if passing.is_set():
                writer.write(data)
        writer.close()

    def close(self):
        """End all connections."""
        for task in self._tasks:
            task.cancel()


@asynccontextmanager
async def running_proxy(url):
    """Run a proxy of a server; give it with the URL that leads through it."""
    proxy = Proxy(f"{make_url(url).query['host']}/{PORT}")
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    database = make_url(url).database
    async with server:
        yield proxy, f"postgresql://postgres@{host}:{port}/{database}?sslmode=disable"
        proxy.close()


@pytest.fixture
async def proxied(postgres):
    async with running_proxy(postgres.migrated()) as found:
        yield found


@pytest.fixture
async def database(proxied, monkeypatch):
    monkeypatch.setattr(connect_options, "CONNECT_SECONDS", 1)
    _, url = proxied
    database = await asyncio.to_thread(
        PostgresDatabase, database_url(url), wait_seconds=SECONDS, statement_seconds=SECONDS
    )
    yield database
    await database.close()


def select(transaction):
    return transaction.connection.scalar(text("SELECT 1"))


CALLS = {
    "write": lambda database: database.write(select),
    "write apart": lambda database: database.write(select, apart=True),
    "read apart": lambda database: database.read(
        lambda connection: connection.scalar(text("SELECT 1")), apart=True
    ),
    "read": lambda database: database.read(lambda connection: connection.scalar(text("SELECT 1"))),
    "now": lambda database: database.execute_now("SELECT 1"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=list(CALLS))
async def test_a_statement_without_an_answer_fails_and_the_next_one_connects_again(
    proxied, database, call
):
    proxy, _ = proxied
    assert await call(database) == 1
    proxy.fall_silent()
    loop = asyncio.get_running_loop()
    for _ in range(2):  # on the connection that fell silent, and on a new one
        began = loop.time()
        with pytest.raises(StorageError, match=r"no answer in|timeout expired"):
            await call(database)
        assert loop.time() - began < PATIENCE
    proxy.go_on()
    assert await call(database) == 1


async def test_a_database_that_is_silent_can_be_closed(proxied, database):
    proxy, _ = proxied
    for call in CALLS.values():
        await call(database)
    proxy.fall_silent()
    async with asyncio.timeout(PATIENCE):
        await database.close()


async def test_units_that_wait_for_a_silent_database_fail_together(proxied, database):
    proxy, _ = proxied
    assert await database.write(select) == 1
    proxy.fall_silent()
    waiting = [asyncio.ensure_future(database.write(select)) for _ in range(40)]
    waiting += [asyncio.ensure_future(CALLS["read"](database)) for _ in range(40)]
    await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE):  # one after the other, they would take longer
        await database.close()
        results = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(result) for result in results} == {StorageError}


async def test_a_database_that_answers_again_is_used_at_once(proxied, database):
    proxy, _ = proxied
    proxy.fall_silent()
    waiting = [asyncio.ensure_future(database.write(select)) for _ in range(8)]
    await asyncio.gather(*waiting, return_exceptions=True)
    proxy.go_on()
    assert await database.write(select) == 1


async def test_a_start_without_an_answer_fails(proxied, monkeypatch):
    monkeypatch.setattr(connect_options, "CONNECT_SECONDS", 1)
    proxy, url = proxied
    proxy.fall_silent()
    with pytest.raises(StorageError, match="cannot be used"):
        await asyncio.to_thread(PostgresDatabase, database_url(url))


async def failure_of(connecting):
    """Return the text of the error with which a connection fails."""
    with pytest.raises(StorageError) as found:
        await connecting
    return str(found.value)


async def test_an_error_names_what_is_wrong_with_each_host(proxied, monkeypatch):
    monkeypatch.setattr(connect_options, "CONNECT_SECONDS", SECONDS)
    proxy, url = proxied
    proxy.fall_silent()
    port = make_url(url).port
    several = f"postgresql://ana:secret@127.0.0.1:{port},no-such.invalid/chat?sslmode=disable"
    assert await failure_of(connect(database_url(url))) == (
        f"cannot connect to the database: no answer in {SECONDS} s"
    )
    silent, unknown = (await failure_of(connect(database_url(several)))).split("; ")
    assert silent == f"cannot connect to 127.0.0.1: no answer in {SECONDS} s"
    assert unknown.startswith("cannot connect to no-such.invalid: ")
    assert len(unknown) > len("cannot connect to no-such.invalid: -2")


async def test_an_error_at_the_start_names_each_host(postgres):
    folder = postgres.server.folder
    url = f"postgresql://stranger@/postgres?host={folder},{folder}/none"
    text = await failure_of(asyncio.to_thread(PostgresDatabase, database_url(url)))
    assert 'role "stranger" does not exist' in text
    assert f"{folder}/none" in text.partition("cannot be used")[2]


async def test_an_error_names_why_a_connection_was_refused(postgres):
    folder = postgres.server.folder
    for read, problem in (
        (f"postgresql://stranger@/postgres?host={folder}", 'role "stranger" does not exist'),
        (f"postgresql://stranger@/postgres?host={folder}/none", "No such file"),
    ):
        assert problem in await failure_of(connect(database_url(read)))


@pytest.fixture
def dropping():
    """Give the port of a host that drops packets, because the queue of its socket is full."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@pytest.fixture
def behind_it(dropping, postgres):
    """Give a URL that names the host that drops packets, and a server after it."""
    database = make_url(postgres.migrated()).database
    hosts = f"127.0.0.1:{dropping},{postgres.server.folder}"
    return database_url(f"postgresql://postgres@/{database}?host={hosts}")


async def test_a_host_that_drops_packets_is_left_for_the_next_one(behind_it, monkeypatch):
    monkeypatch.setattr(connect_options, "CONNECT_SECONDS", SECONDS)
    connection = await connect(behind_it)
    assert await connection.fetchval("SELECT 1") == 1
    await connection.close()


async def test_a_thread_leaves_a_host_that_drops_packets(behind_it, monkeypatch):
    monkeypatch.setattr(connect_options, "CONNECT_SECONDS", 1)
    engine = open_engine(behind_it, connections=1, wait_seconds=SECONDS)
    with await asyncio.to_thread(engine.connect) as connection, connection.begin():
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()


async def test_the_time_for_a_host_that_drops_packets_is_the_limit(dropping, monkeypatch):
    monkeypatch.setattr(connect_options, "CONNECT_SECONDS", SECONDS)
    url = database_url(f"postgresql://ana@127.0.0.1:{dropping},127.0.0.1:{dropping}/chat")
    problem = f"cannot connect to 127.0.0.1: no answer in {SECONDS} s"
    assert await failure_of(connect(url)) == f"{problem}; {problem}"
