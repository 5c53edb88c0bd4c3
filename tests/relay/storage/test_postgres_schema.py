"""On PostgreSQL the chat tables are those of Prisma, and the others are out of its sight."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, inspect, select, text

from streamproof.relay.settings import Settings
from streamproof.relay.storage import schema
from streamproof.relay.storage.address import database_url
from streamproof.relay.storage.dialects import OWN_SCHEMA
from streamproof.relay.storage.errors import StorageError
from streamproof.relay.storage.opening import open_database
from streamproof.relay.storage.postgres import PostgresDatabase
from streamproof.relay.storage.postgres_connections import PUBLIC, open_engine
from streamproof.relay.storage.schema import HEAD, VERSION_TABLE, migrate
from streamproof.relay.storage.tables import tables_of

PRISMA_SQL = (Path(__file__).parents[1] / "prisma" / "postgresql.sql").read_text("utf-8")
CATALOGUE = {
    "columns": """
SELECT c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       pg_get_expr(d.adbin, d.adrelid)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = CAST(:schema AS regnamespace) AND c.relkind = 'r' AND a.attnum > 0""",
    "constraints": """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = CAST(:schema AS regnamespace)""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = :schema",
    "enums": """
SELECT t.typname, e.enumsortorder, e.enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
WHERE t.typnamespace = CAST(:schema AS regnamespace)""",
}

WAIT_SECONDS = 0.2
WAITING = "the start waits for the migration of another relay"


@pytest.fixture(scope="module")
def engine_of_empty(postgres):
    """Give an engine of an empty database, in which no test of this file commits anything."""
    engine = open_engine(database_url(postgres.empty()), connections=1, wait_seconds=5.0)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine_of_empty):
    """Give a connection to an empty database."""
    with engine_of_empty.connect() as connection:
        yield connection


def catalogue(connection, of):
    """Return everything that a schema has, as PostgreSQL itself words it."""
    return {
        kind: sorted(map(str, connection.execute(text(query), {"schema": of})))
        for kind, query in CATALOGUE.items()
    }


def upgrade(connection):
    """Run all revisions."""
    schema._create_schemas(connection, creates_chat_tables=True)
    schema._upgrade(connection, creates_chat_tables=True)


def test_the_chat_tables_are_those_of_prisma(connection):
    migrate(connection)
    found = catalogue(connection, PUBLIC)
    connection.rollback()
    connection.exec_driver_sql(PRISMA_SQL)
    assert found == catalogue(connection, PUBLIC)
    counts = {kind: len(rows) for kind, rows in found.items() if kind != "constraints"}
    assert counts == {"columns": 19, "indexes": 10, "enums": 2}


def test_every_revision_leads_to_the_tables_of_an_empty_database(connection):
    found = []
    for action in (migrate, upgrade):
        action(connection)
        found.append([catalogue(connection, name) for name in (PUBLIC, OWN_SCHEMA)])
        connection.rollback()
    assert found[0] == found[1]


def test_nothing_of_the_relay_is_in_the_schema_of_prisma(connection):
    migrate(connection)
    assert not [n for n in inspect(connection).get_table_names(PUBLIC) if "relay" in n]
    own = set(inspect(connection).get_table_names(OWN_SCHEMA))
    names = {table.name for table in tables_of("postgresql")}
    assert own == {VERSION_TABLE, *(name for name in names if name.startswith("relay_"))}


def test_the_relay_uses_the_tables_of_prisma_and_changes_none(connection):
    connection.exec_driver_sql(PRISMA_SQL)
    before = catalogue(connection, PUBLIC)
    migrate(connection, creates_chat_tables=False)
    assert catalogue(connection, PUBLIC) == before
    assert schema.revision_of(connection) == HEAD


def test_chat_tables_can_be_in_another_schema(engine_of_empty):
    address = engine_of_empty.url.render_as_string(hide_password=False)
    engine = open_engine(database_url(f"{address}&schema=chat"), connections=1, wait_seconds=5.0)
    with engine.connect() as connection:
        migrate(connection)
        assert len(inspect(connection).get_table_names("chat")) == 5
        assert inspect(connection).get_table_names(PUBLIC) == []
    engine.dispose()


UNFIT = {
    'ALTER TABLE "AiChatRoom" ALTER "createdAt" TYPE timestamptz': '"createdAt": wanted TIMESTAMP',
    'ALTER TABLE "AiChatRoomMessage" ALTER "sender" TYPE text': '"sender": wanted the enum',
    'ALTER TABLE "Knowledge" ALTER "title" TYPE varchar(9)': '"title": wanted TEXT, got VARCHAR',
    'ALTER TABLE "AiChatRoomMessage" DROP "knowledgeId"': 'lacks column "AiChatRoomMessage"."know',
    'DROP TABLE "AiChatRoomMessageKnowledge"': 'lacks table "AiChatRoomMessageKnowledge"',
    'ALTER TABLE "AiChatRoom" ADD "tenantId" text NOT NULL': "requires a value in column",
}


@pytest.mark.parametrize("change", UNFIT)
def test_chat_tables_that_do_not_fit_are_refused_in_words(connection, change):
    connection.exec_driver_sql(PRISMA_SQL + change)
    with pytest.raises(StorageError) as error:
        migrate(connection, creates_chat_tables=False)
    assert UNFIT[change] in str(error.value)


def test_relays_that_start_together_migrate_once(postgres):
    engine = open_engine(database_url(postgres.empty()), connections=4, wait_seconds=30.0)

    def start(_):
        with engine.begin() as connection:
            migrate(connection)
            return schema.revision_of(connection)

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(start, range(4))) == [HEAD] * 4
    engine.dispose()


@pytest.fixture
def migrating(postgres, monkeypatch):
    """Hold the lock of migrations in an empty database, as another relay would."""
    monkeypatch.setattr(schema, "ATTEMPT_SECONDS", 0.01)
    engine = open_engine(database_url(postgres.empty()), connections=1, wait_seconds=WAIT_SECONDS)
    with engine.connect() as connection:
        connection.execute(select(func.pg_advisory_lock(schema.LOCK)))
        yield connection
    engine.dispose()


def opened(migrating, **options):
    """Open the database; blocks."""
    return PostgresDatabase(migrating.engine.url, wait_seconds=WAIT_SECONDS, **options)


class Reporting(logging.Handler):
    """Sets an event of a loop at the first line of a log."""

    def __init__(self, event):
        super().__init__()
        self._event = event
        self._loop = asyncio.get_running_loop()

    def emit(self, record):
        """Set the event."""
        self._loop.call_soon_threadsafe(self._event.set)


@pytest.fixture
async def waiting():
    """Give an event that is set when a relay waits for a migration."""
    event = asyncio.Event()
    handler, logger = Reporting(event), logging.getLogger(schema.__name__)
    logger.addHandler(handler)
    yield event
    logger.removeHandler(handler)


async def test_a_relay_that_starts_waits_for_a_migration_longer_than_for_other_locks(
    migrating, waiting, caplog
):
    starting = asyncio.create_task(asyncio.to_thread(opened, migrating))
    await waiting.wait()
    await asyncio.wait([starting], timeout=3 * WAIT_SECONDS)
    assert not starting.done()
    migrating.execute(select(func.pg_advisory_unlock(schema.LOCK)))
    database = await starting
    assert caplog.text.count(WAITING) == 1
    timeout = "SELECT current_setting('lock_timeout')"
    assert await database.write(lambda tx: tx.connection.scalar(text(timeout))) == "200ms"
    await database.close()


async def test_the_wait_for_a_migration_has_an_end(migrating, monkeypatch):
    monkeypatch.setattr(schema, "MIGRATION_SECONDS", 0.1)
    with pytest.raises(StorageError, match=r"another relay has migrated the database for 0\.1 s"):
        await asyncio.to_thread(opened, migrating)


async def test_a_start_that_is_cancelled_does_not_wait_for_a_migration(migrating, waiting):
    url = migrating.engine.url.render_as_string(hide_password=False)
    settings = Settings(ai_url="http://ai", database=url, jwt_secret="unused" * 8)
    starting = asyncio.create_task(open_database(settings).__aenter__())
    await waiting.wait()
    starting.cancel()
    await asyncio.wait([starting], timeout=30)
    assert starting.cancelled()


def test_a_database_that_cannot_store_every_text_is_refused(postgres):
    postgres.execute("CREATE DATABASE ascii TEMPLATE template0 ENCODING SQL_ASCII LOCALE 'C'")
    engine = open_engine(
        database_url(postgres.server.url("ascii")), connections=1, wait_seconds=5.0
    )
    with engine.connect() as connection, pytest.raises(StorageError, match="SQL_ASCII"):
        migrate(connection)
    engine.dispose()
