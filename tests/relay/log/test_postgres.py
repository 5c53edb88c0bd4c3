"""Two logs on one PostgreSQL database: each hears of the frames of the other one."""

from __future__ import annotations

import asyncio
import threading
from contextlib import AsyncExitStack
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import pytest
from sqlalchemy import text

from streamproof.relay.frames import FrameBatch
from streamproof.relay.log.announcement import ANY, CHANNEL, CHECK
from streamproof.relay.log.pace import PAUSE_SECONDS, POSTS_PER_SECOND
from streamproof.relay.log.postgres import PostgresLog
from streamproof.relay.ownership import LeasedOwnership
from streamproof.relay.storage import leases
from streamproof.relay.storage.errors import FramesRefused, StorageError
from tests.relay.log.stores import Clock, CountingLoop, frame, last, open_store

if TYPE_CHECKING:
    from streamproof.relay.storage.postgres import PostgresDatabase

LONG_SECONDS = 3600.0
LISTENERS = (
    f"FROM pg_stat_activity WHERE (query LIKE 'LISTEN%' OR query = '{CHECK}')"
    " AND datname = current_database()"
)


@pytest.fixture
async def stores(postgres):
    """Give two logs with the turns a and b."""
    place = postgres.migrated()
    async with AsyncExitStack() as stack:
        stores = [
            await stack.enter_async_context(open_store("postgresql", place, Clock()))
            for _ in range(2)
        ]
        await until(postgres, f"SELECT count(*) = 2 {LISTENERS}")
        yield stores


async def until(postgres, condition):
    """Wait until the database fulfils a condition."""
    async with asyncio.timeout(20):
        while await asyncio.to_thread(postgres.execute, condition, "migrated") != [(True,)]:
            pass


async def follow(store, turn_id, began=None):
    """Follow a turn to its end; set an event after the first frames."""
    frames = []
    async for batch in store.log.follow(turn_id, -1, LONG_SECONDS):
        frames += batch.frames
        if began is not None:
            began.set()
    return frames


@pytest.fixture
async def reader(stores):
    """Give the task of a reader of turn a in the second log, which has read the first frame."""
    await stores[0].append("a", [frame(0)])
    began = asyncio.Event()
    reading = asyncio.create_task(follow(stores[1], "a", began))
    await began.wait()
    yield reading
    reading.cancel()


async def test_a_reader_of_another_log_gets_all_frames(stores, reader):
    for n in range(1, 30):
        await stores[0].post("a", [frame(n)])
    await stores[0].append("a", [last(30)])
    assert [f.n for f in await reader] == list(range(31))


async def test_a_reader_of_any_turn_wakes_if_an_announcement_names_none(stores, postgres, reader):
    await stores[0].append("a", [last(1)])
    postgres.execute(f"NOTIFY {CHANNEL}, 'other {ANY}'", "migrated")
    assert [f.n for f in await reader] == [0, 1]


async def test_a_reader_misses_nothing_while_its_relay_cannot_listen(
    stores, postgres, reader, caplog
):
    for n in range(1, 4):
        postgres.execute(f"SELECT pg_terminate_backend(pid) {LISTENERS}", "migrated")
        await stores[0].post("a", [frame(n)])
    await stores[0].append("a", [last(4)])
    assert [f.n for f in await reader] == list(range(5))
    await until(postgres, f"SELECT count(*) = 2 {LISTENERS}")
    assert "other relays cannot be heard now" in caplog.text


async def test_a_commit_wakes_no_reader_of_its_own_log_a_second_time(stores, postgres):
    reads = []
    read = stores[0].log.read

    async def counted_read(*place):
        reads.append(place)
        return await read(*place)

    stores[0].log.read = counted_read
    await stores[0].append("a", [frame(0)])
    reading = asyncio.create_task(follow(stores[0], "a"))
    other = asyncio.create_task(follow(stores[1], "a"))
    for n in range(1, 10):
        await stores[0].post("a", [frame(n)])
    await stores[0].append("a", [last(10)])
    assert len(await reading) == len(await other) == 11
    assert len(reads) <= 3


async def test_frames_of_all_turns_are_one_commit(stores):
    commits = []
    for turn_id in ("a", "b"):
        await stores[0].append(turn_id, [frame(0)])
    stores[0].log._postgres._on_commit = lambda units, _: commits.append(units)
    await asyncio.gather(*(stores[0].post(turn_id, [frame(1)]) for turn_id in ("a", "b")))
    assert commits == [2]


async def test_frames_of_a_turn_that_another_relay_ended_are_refused(stores):
    for turn_id in ("a", "b"):
        await stores[0].append(turn_id, [frame(0)])
    await stores[1].append("a", [last(1)])
    results = await asyncio.gather(
        stores[0].post("a", [frame(1)]), stores[0].post("b", [frame(1)]), return_exceptions=True
    )
    assert isinstance(results[0], FramesRefused)
    assert results[1] is None
    assert await stores[1].read("a") == [frame(0), last(1)]
    assert await stores[1].read("b") == [frame(0), frame(1)]


async def test_appends_of_two_relays_at_once_never_share_a_number(stores):
    await stores[0].append("a", [frame(0)])
    for n in range(1, 10):
        results = await asyncio.gather(
            *(store.append("a", [frame(n, str(i))]) for i, store in enumerate(stores)),
            return_exceptions=True,
        )
        assert [type(result) for result in results if result] == [FramesRefused]
    assert [f.n for f in await stores[0].read("a")] == list(range(10))


async def test_the_database_itself_refuses_a_second_terminal_frame(stores):
    await stores[0].append("a", [frame(0), last(1)])
    row = "INSERT INTO relay_frame VALUES ('a', 2, 'end', '', true)"
    with pytest.raises(StorageError, match="relay_frame_terminal_turn_id_key"):
        await stores[0].write(lambda tx: tx.connection.execute(text(row)))


async def test_an_owner_that_lost_its_turn_can_neither_post_nor_append(stores):
    await stores[0].append("a", [frame(0)])
    [claimed] = await stores[1].write(
        lambda tx: [c for c in leases.claim(tx.connection, "second", 9.0) if c.turn_id == "a"]
    )
    assert claimed == leases.ClaimedTurn("a", 2)
    for add in (stores[0].post, stores[0].append, stores[0].append):
        with pytest.raises(FramesRefused, match="another relay has taken it over"):
            await add("a", [frame(1)])
    await stores[1].write(lambda tx: stores[1].log.append(tx, "a", [last(1)], epoch=claimed.epoch))
    assert await stores[0].read("a") == [frame(0), last(1)]


async def test_an_owner_that_renews_keeps_its_turns(stores):
    def hold_and_claim(transaction):
        connection = transaction.connection
        for turn_id in ("a", "b"):
            leases.hold(connection, turn_id, "first", 9.0)
        return leases.claim(connection, "second", 9.0)

    assert await stores[0].write(hold_and_claim) == []
    assert not await stores[0].log._database.read(lambda c: leases.look(c).any_expired)
    held = await stores[0].log._database.read(lambda c: leases.held(c, "first", 9.0))
    assert held == [leases.HeldTurn(t, stop_asked=False, is_due=False) for t in ("a", "b")]
    due = await stores[0].log._database.read(lambda c: leases.held(c, "first", 90.0))
    assert all(turn.is_due for turn in due)
    await stores[0].write(lambda tx: leases.renew(tx.connection, "first", 90.0, {"a", "b"}))
    again = await stores[0].log._database.read(lambda c: leases.held(c, "first", 90.0))
    assert not any(turn.is_due for turn in again)


async def test_the_lease_of_a_turn_that_its_owner_does_not_know_runs_out(stores):
    log = stores[0].log
    for turn_id in ("a", "b"):
        await stores[0].write(
            partial(LeasedOwnership(log._database, log, 9.0).hold, turn_id=turn_id)
        )
    ownership = LeasedOwnership(log._database, log, 90.0)
    held = await ownership.renew({"b"})  # the answer of the commit of a was lost
    assert {turn.turn_id: turn.is_due for turn in held} == {"a": True, "b": False}


async def test_two_relays_never_take_over_the_same_turn(stores):
    both = threading.Barrier(2)

    def claim(owner):
        def unit(transaction):
            both.wait()
            claimed = leases.claim(transaction.connection, owner, 9.0)
            both.wait()
            return [turn.turn_id for turn in claimed]

        return unit

    results = await asyncio.gather(
        *(store.write(claim(f"relay-{i}")) for i, store in enumerate(stores))
    )
    assert sorted(results[0] + results[1]) == ["a", "b"]


async def test_an_owner_looks_again_when_a_lease_can_have_run_out(stores):
    log = stores[0].log
    ownership = LeasedOwnership(log._database, log, 9.0)
    for turn_id in ("a", "b"):
        await stores[0].write(partial(ownership.hold, turn_id=turn_id))
    await ownership.check("a")
    steal = "UPDATE relay_turn SET owner = 'second' WHERE id = 'a'"
    await stores[1].write(lambda tx: tx.connection.execute(text(steal)))
    with pytest.raises(FramesRefused, match="turn a: another relay has taken it over"):
        await ownership.check("a")
    await ownership.check("b")
    assert [turn.turn_id for turn in await ownership.renew({"a", "b"})] == ["b"]
    await stores[1].write(lambda tx: tx.connection.execute(text(steal.replace("'a'", "'b'"))))
    await ownership.check("b")  # its lease cannot have run out since


class CountingLog(PostgresLog):
    """Stores nothing, and keeps when each commit began."""

    def __init__(self):
        super().__init__(cast("PostgresDatabase", None), Clock(), "relay")
        self.began = []

    async def _commit_later(self, _batches):
        self.began.append(asyncio.get_running_loop().time())
        return {}


@pytest.mark.parametrize(("posts", "pauses"), [(1, False), (round(POSTS_PER_SECOND / 10), True)])
def test_commits_pause_if_turns_post_often(posts, pauses):
    async def distances():
        log, loop = CountingLog(), asyncio.get_running_loop()
        for n in range(100):
            done = loop.create_future()
            for turn in range(posts - 1):
                log.post(FrameBatch(f"{turn}", [frame(n)]), lambda _: None)
            log.post(FrameBatch("last", [frame(n)]), done.set_result)
            assert await done is None
        return [after - before for before, after in pairwise(log.began)]

    with asyncio.Runner(loop_factory=CountingLoop) as runner:
        found = runner.run(distances())
    assert any(distance >= PAUSE_SECONDS for distance in found) == pauses
