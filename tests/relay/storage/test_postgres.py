"""A unit of work on PostgreSQL is durable when `write` returns, or nothing of it is kept."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

import pytest
from sqlalchemy import make_url, text

from streamproof.relay.storage.address import database_url
from streamproof.relay.storage.errors import DatabaseBusy, StorageError
from streamproof.relay.storage.postgres import WRITERS, PostgresDatabase
from tests.relay.conftest import DriverError

INSERT = text('INSERT INTO "User" VALUES (:id)')
TERMINATE = "SELECT pg_terminate_backend(pg_backend_pid())"
CLOSE_ALL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'"


class Failpoints:
    """Runs the action of a failpoint once."""

    def __init__(self):
        self.actions = {}

    def __call__(self, name):
        """Reach a failpoint."""
        if action := self.actions.pop(name, None):
            action()


@pytest.fixture
def failpoints():
    return Failpoints()


@pytest.fixture
async def database(postgres, failpoints):
    url = database_url(postgres.migrated())
    database = await asyncio.to_thread(
        PostgresDatabase, url, wait_seconds=0.05, failpoint=failpoints
    )
    yield database
    await database.close()


def insert(user_id):
    return lambda tx: tx.connection.execute(INSERT, {"id": user_id}).rowcount


def users(connection):
    return connection.execute(text('SELECT "id" FROM "User" ORDER BY "id"')).scalars().all()


def fail():
    raise DriverError("the disk is full")


async def test_a_unit_is_durable_when_write_returns(database):
    assert await database.write(insert("ana")) == 1
    assert await database.read(users) == ["ana"]


async def test_nothing_of_a_unit_that_fails_is_kept(database):
    def unit(transaction):
        insert("ana")(transaction)
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(unit)
    assert await database.read(users) == []


async def test_a_read_sees_one_snapshot(database):
    reading, written = threading.Event(), threading.Event()

    def count_twice(connection):
        first = users(connection)
        reading.set()
        written.wait()
        return first, users(connection)

    counted = asyncio.create_task(database.read(count_twice))
    await asyncio.to_thread(reading.wait)
    await database.write(insert("ana"))
    written.set()
    assert await counted == ([], [])


async def test_a_read_can_change_nothing(database):
    with pytest.raises(StorageError, match="read-only transaction"):
        await database.read(lambda connection: connection.execute(INSERT, {"id": "ana"}))


async def test_callbacks_run_before_write_returns_and_know_the_result(database, failpoints):
    ends: list[bool] = []

    def unit(transaction):
        transaction.on_end(ends.append)

    await database.write(unit)
    failpoints.actions["commit"] = fail
    with pytest.raises(StorageError, match="the disk is full"):
        await database.write(unit)
    assert ends == [True, False]


async def test_a_unit_is_repeated_if_its_connection_is_lost_before_the_commit(database):
    runs = []

    def unit(transaction):
        insert("ana")(transaction)
        runs.append(1)
        if len(runs) == 1:
            transaction.connection.execute(text(TERMINATE))

    await database.write(unit)
    assert await database.read(users) == ["ana"]
    assert len(runs) == 2


async def test_a_unit_whose_commit_has_no_answer_is_not_repeated(postgres, database, failpoints):
    failpoints.actions["committed"] = fail
    with pytest.raises(StorageError):
        await database.write(insert("ana"))
    assert await database.read(users) == ["ana"]


async def test_a_connection_that_is_lost_in_the_commit_stores_nothing_twice(
    postgres, database, failpoints
):
    runs = []

    def unit(transaction):
        runs.append(transaction.connection.scalar(text("SELECT pg_backend_pid()")))
        failpoints.actions["commit"] = lambda: postgres.execute(
            f"SELECT pg_terminate_backend({runs[-1]}, 5000)"
        )

    with pytest.raises(StorageError):
        await database.write(unit)
    assert len(runs) == 1


async def test_units_that_wait_for_each_other_are_both_stored(database):
    await asyncio.gather(*(database.write(insert(name)) for name in ("ana", "budi")))
    both = threading.Barrier(2)
    lock = text('SELECT 1 FROM "User" WHERE "id" = :id FOR UPDATE')
    first_runs = {"ana", "budi"}

    def unit(first, second):
        def run(transaction):
            transaction.connection.execute(text("SET LOCAL lock_timeout TO 0"))
            transaction.connection.execute(text("SET LOCAL deadlock_timeout TO '10ms'"))
            transaction.connection.execute(lock, {"id": first})
            if first in first_runs:
                first_runs.discard(first)
                both.wait()
            transaction.connection.execute(lock, {"id": second})

        return run

    await asyncio.gather(database.write(unit("ana", "budi")), database.write(unit("budi", "ana")))


async def test_a_lock_that_another_program_holds_makes_the_database_busy(postgres, database):
    await database.write(insert("ana"))
    locked, done = threading.Event(), threading.Event()

    def hold(transaction):
        transaction.connection.execute(text('LOCK TABLE "User" IN EXCLUSIVE MODE'))
        locked.set()
        done.wait()

    holding = asyncio.create_task(database.write(hold))
    await asyncio.to_thread(locked.wait)
    with pytest.raises(DatabaseBusy):
        await database.write(insert("budi"))
    done.set()
    await holding


async def test_a_server_that_was_killed_is_used_again_at_once(postgres, database):
    await asyncio.gather(*(database.read(users) for _ in range(8)))
    await database.execute_now("SELECT 1")
    postgres.server.kill()
    with pytest.raises(StorageError):
        await database.write(insert("lost"))
    with pytest.raises(StorageError):
        await database.execute_now("SELECT 1")
    postgres.server.start()
    await database.write(insert("ana"))
    assert await database.execute_now("SELECT 1") == 1
    assert await asyncio.gather(*(database.read(users) for _ in range(8))) == [["ana"]] * 8


@pytest.mark.parametrize(("prepares", "is_by_index"), [(True, True), (False, False)])
async def test_a_plan_for_an_empty_table_is_by_index_if_it_may_be_kept(
    postgres, prepares, is_by_index
):
    url = database_url(postgres.empty())
    database = await asyncio.to_thread(PostgresDatabase, url, prepares=prepares)
    await database.execute_now("SET plan_cache_mode TO force_generic_plan")
    await database.execute_now(
        "PREPARE look(text[]) AS SELECT FROM relay.relay_turn"
        " WHERE id = ANY ($1) AND epoch = 1 AND sealed_at IS NULL"
    )
    plan = await database.execute_now("EXPLAIN (FORMAT JSON) EXECUTE look(NULL)")
    await database.close()
    assert ("relay_turn_pkey" in plan) is is_by_index


async def test_the_keeper_of_leases_waits_for_no_other_unit(database):
    going_on = threading.Event()
    waiting = [
        asyncio.create_task(database.write(lambda _: going_on.wait())) for _ in range(WRITERS + 1)
    ]
    assert await database.write(insert("ana"), apart=True) == 1
    assert await database.read(users, apart=True) == ["ana"]
    going_on.set()
    assert await asyncio.gather(*waiting) == [True] * (WRITERS + 1)


async def test_a_caller_that_is_cancelled_waits_for_its_unit(database):
    running, going_on = threading.Event(), threading.Event()

    def unit(transaction):
        running.set()
        going_on.wait()
        insert("ana")(transaction)

    writing = asyncio.create_task(database.write(unit))
    await asyncio.to_thread(running.wait)
    writing.cancel()
    going_on.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await database.read(users) == ["ana"]


async def test_a_closed_database_finishes_its_units_and_refuses_others(postgres, database):
    writing = asyncio.create_task(database.write(insert("ana")))
    await asyncio.sleep(0)
    await database.close()
    assert await writing == 1
    for refused in (database.write(insert("budi")), database.read(users)):
        with pytest.raises(StorageError, match="closed"):
            await refused


async def test_errors_contain_no_text_of_a_user(database):
    row = text("""INSERT INTO "AiChatRoomMessage" ("id", "aiChatRoomId", "sender", "message")
                  VALUES ('m', 'r', 'USER', 'a secret')""")
    with pytest.raises(StorageError) as error:
        await database.write(lambda tx: tx.connection.execute(row))
    assert "null value in column" in str(error.value)
    assert "secret" not in str(error.value)


async def test_texts_that_postgresql_cannot_store_are_replaced(database):
    await database.write(insert("nul\0 half\ud83d"))
    assert await database.read(users) == ["nul\ufffd half\ufffd"]


async def test_a_connection_that_accepts_no_writes_is_given_up(postgres):
    url = postgres.empty()
    database = await asyncio.to_thread(PostgresDatabase, database_url(url))
    create = "CREATE TABLE {} AS SELECT 1 AS one"
    for name in ("a", "b"):  # each driver has a connection
        await database.execute_now(create.format(f"before_{name}"))
        await database.write(insert(name))
    read_only = f'ALTER DATABASE "{make_url(url).database}" {{}} default_transaction_read_only'
    postgres.execute(read_only.format("SET") + " TO on")
    postgres.execute(CLOSE_ALL.format(make_url(url).database))
    for refused in (database.execute_now(create.format("x")), database.execute_now("SELECT 1")):
        with suppress(StorageError):  # its connection was lost
            await refused
    with pytest.raises(StorageError, match="read-only transaction"):
        await database.execute_now(create.format("x"))
    with pytest.raises(StorageError, match="read-only transaction"):
        await database.write(insert("x"))
    postgres.execute(read_only.format("RESET"))
    assert await database.execute_now(create.format("y")) is None
    assert await database.write(insert("y")) == 1
    await database.close()


def test_a_server_that_is_not_there_is_reported_without_the_password(tmp_path):
    url = database_url(f"postgresql://ana:secret@/chat?host={tmp_path}")
    with pytest.raises(StorageError, match="cannot be used: connection is bad") as error:
        PostgresDatabase(url)
    assert "ana:***@/chat" in str(error.value)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("prepares", [True, False])
async def test_both_drivers_take_the_parameters_of_other_programs(postgres, prepares):
    parameters = (
        "schema=public&connection_limit=5&pgbouncer=true&connect_timeout=9&keepalives=1"
        "&channel_binding=prefer&application_name=chat&sslmode=disable"
        "&load_balance_hosts=random"
    )
    url = database_url(f"{postgres.migrated()}&{parameters}")
    database = await asyncio.to_thread(PostgresDatabase, url, prepares=prepares)
    name = "SELECT current_setting('application_name')"
    assert await database.execute_now(name) == "chat"
    assert await database.read(lambda c: c.scalar(text(name))) == "chat"
    await database.close()
