"""Two relays on one PostgreSQL database: what one of them begins, the other one can continue."""

from __future__ import annotations

import asyncio
import json
from time import monotonic

import psycopg
import pytest

from streamproof.relay.dependencies import Dependencies
from streamproof.relay.lease_keeper import LeaseKeeper
from streamproof.relay.routes import RELAY
from streamproof.relay.storage.leases import ClaimedTurn
from tests.relay.conftest import Stream, User, error_of, execute, kinds, read, stored
from tests.relay.scripted_ai import END, content
from tests.relay.test_metrics import scraped
from tests.relay.test_routes_stop import STOPPED, stop, until_left

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)

RETRY_AFTER = 7
GONE = "UPDATE relay_turn SET lease_until = '2026-01-01', owner = 'gone', epoch = 2"
"""Gives every turn to a relay that took it over, and that was gone before it ended the turn."""


@pytest.fixture
async def relays(start_relay):
    return [await start_relay(keep_alive_seconds=3600.0, lease_seconds=3.0) for _ in range(2)]


@pytest.fixture
def ana(relays):
    """Give a user at the first relay."""
    return User(relays[0], "ana")


@pytest.fixture
def ana_elsewhere(relays):
    """Give the same user at the second relay."""
    return User(relays[1], "ana")


def text_of(frames):
    return "".join(json.loads(frame.data).get("content", "") for frame in frames)


def ids(frames):
    return [int(frame.id.partition(":")[2]) for frame in frames]


async def test_a_browser_resumes_at_another_relay_without_a_gap_or_a_double(
    ai, ana, ana_elsewhere, room
):
    stream = await ana.ask(room)
    call = await ai.call()
    for n in range(3):
        await call.send(content(f" {n}"))
    seen = [await stream.next() for _ in range(3)]
    stream.response.close()
    resumed = Stream(await ana_elsewhere.resume(seen[-1].id))
    whole = Stream(await ana_elsewhere.resume())
    for n in range(3, 30):
        await call.send(content(f" {n}"))
    await call.finish(END)
    seen += await resumed.rest()
    assert ids(seen) == list(range(32))
    assert text_of(seen) == "".join(f" {n}" for n in range(30))
    assert await whole.rest() == seen
    assert len(ai.calls) == 1


async def test_a_stop_at_another_relay_leaves_the_ai_service(ai, ana, ana_elsewhere, room):
    stream = await ana.ask(room)
    call = await ai.call()
    await call.send(content("Half"))
    await stream.next()
    await stream.next()
    bodies = await asyncio.gather(*(stop(ana_elsewhere, room) for _ in range(3)))
    bodies.append(await stop(ana, room))
    assert {body["status"] for body in bodies} == {"stopped"}
    await call.left()
    assert [frame.data for frame in await stream.rest()] == [STOPPED]
    (question,) = await ana_elsewhere.history(room)
    assert (question["turn"]["status"], question["turn"]["partial"]) == ("stopped", "Half")


async def test_a_stop_of_a_turn_whose_owner_is_gone_ends_it_as_stopped(
    ai, relays, ana, ana_elsewhere, room
):
    stream = await ana.ask(room)
    await ai.call()
    await stream.next()
    await execute(relays[1], f"{GONE}, stop_asked = true")
    assert [frame.data for frame in await stream.rest()] == [STOPPED]
    assert (await stop(ana_elsewhere, room))["status"] == "stopped"


async def test_equal_posts_at_two_relays_give_one_question_and_one_answer(
    ai, ana, ana_elsewhere, room
):
    ai.script = content("Once") + END
    key = {"Idempotency-Key": "k"}
    answers = await asyncio.gather(
        *(
            user.post(f"{room}/stream", data={"message": "Hello?"}, headers=key)
            for user in [ana, ana_elsewhere] * 4
        )
    )
    streams = [await read(answer) for answer in answers]
    assert all(frames == streams[0] for frames in streams)
    assert kinds(streams[0])[-1] == "end"
    assert len(ai.calls) == 1
    assert [entry["sender"] for entry in await ana.history(room)] == ["USER", "AI"]


async def test_a_room_has_one_running_turn_at_all_relays(ai, ana, ana_elsewhere, room):
    answers = await asyncio.gather(
        *(
            user.post(f"{room}/messages", data={"message": "Hello?"})
            for user in [ana, ana_elsewhere] * 4
        )
    )
    assert sorted(answer.status for answer in answers) == [202] + [409] * 7


async def test_the_turns_of_a_user_are_counted_at_all_relays(relays, ana, ana_elsewhere):
    rooms = [await ana.room() for _ in range(8)]
    answers = await asyncio.gather(
        *(
            user.post(f"{room}/messages", data={"message": "Hello?"})
            for user, room in zip([ana, ana_elsewhere] * 4, rooms, strict=True)
        )
    )
    most = relays[0].app[RELAY].settings.max_running_turns_per_user
    assert sorted(answer.status for answer in answers) == [202] * most + [429] * (8 - most)


async def test_messages_of_two_relays_have_one_order(ai, ana, ana_elsewhere, room):
    ai.script = content("Yes") + END
    for n in range(3):
        for user in (ana, ana_elsewhere):
            await (await user.ask(room, f"{n}")).rest()
    history = await ana.history(room)
    assert [entry["sender"] for entry in history] == ["USER", "AI"] * 6
    assert history == await ana_elsewhere.history(room)


async def test_a_turn_whose_lease_ran_out_is_taken_over_and_never_asked_again(
    ai, relays, ana, ana_elsewhere, room
):
    stream = await ana.ask(room)
    call = await ai.call()
    await call.send(content("Half"))
    seen = [await stream.next(), await stream.next()]
    watching = Stream(await ana_elsewhere.resume(seen[-1].id))
    await execute(relays[1], GONE)
    rest = await watching.rest()
    assert kinds(rest) == ["error"]
    assert await stream.rest() == rest
    await call.left()
    (question,) = await ana_elsewhere.history(room)
    assert question["turn"] | {"id": ""} == {
        "id": "",
        "status": "failed",
        "reason": "interrupted",
        "partial": "Half",
    }
    assert len(ai.calls) == 1
    takeovers = [(await scraped(relay))["takeovers_total",] for relay in relays]
    assert sum(takeovers) == 1
    ai.script = content("Next") + END
    assert kinds(await (await ana_elsewhere.ask(room)).rest())[-1] == "end"


async def test_a_relay_that_lost_a_turn_cannot_add_to_it(ai, relays, ana, ana_elsewhere, room):
    stream = await ana.ask(room)
    call = await ai.call()
    await call.send(content("Half"))
    seen = [await stream.next(), await stream.next()]
    await execute(relays[1], "UPDATE relay_turn SET epoch = 2, owner = 'frozen'")
    await call.send(content(" lost"))
    await until_left(call)
    await execute(relays[1], GONE)
    assert kinds(await stream.rest()) == ["error"]
    frames = await read(await ana_elsewhere.resume(turnId=seen[0].id.partition(":")[0]))
    assert text_of(frames) == "Half"
    assert kinds(frames)[-1] == "error"


async def test_a_relay_that_lost_a_turn_between_two_attempts_asks_no_more(
    ai, start_relay, monkeypatch, caplog
):
    async def never(_keeper):
        await asyncio.Event().wait()

    monkeypatch.setattr(LeaseKeeper, "run", never)  # as if the relay was frozen
    waiting, going_on = asyncio.Event(), asyncio.Event()

    async def sleep(seconds):
        if seconds != RETRY_AFTER:
            await never(None)
        waiting.set()
        await going_on.wait()

    relay = await start_relay(Dependencies(sleep=sleep))
    ana = User(relay, "ana")
    room = await ana.room()
    await ana.ask(room)
    await (await ai.call()).refuse(503, retry_after=RETRY_AFTER)
    await waiting.wait()
    await execute(relay, "UPDATE relay_turn SET epoch = 2, owner = 'second'")
    going_on.set()
    while "another relay has taken it over" not in caplog.text:
        await ana.history(room)
    assert len(ai.calls) == 1


async def test_the_readers_of_a_relay_that_lost_a_turn_get_its_end(ai, relays, ana, room):
    stream = await ana.ask(room)
    call = await ai.call()
    await call.send(content("Half"))
    seen = [await stream.next(), await stream.next()]
    await execute(relays[1], "UPDATE relay_turn SET epoch = 2, owner = 'second'")
    turn_id = seen[0].id.partition(":")[0]
    await relays[1].app[RELAY].turns.take_over(ClaimedTurn(turn_id, 2))
    assert kinds(await stream.rest()) == ["error"]
    await call.left()


async def test_a_relay_that_starts_leaves_the_turns_of_others_alone(ai, start_relay):
    ana = User(await start_relay(), "ana")
    room = await ana.room()
    stream = await ana.ask(room)
    call = await ai.call()
    await call.send(content("Half"))
    await start_relay()
    await call.finish(content(" and half") + END)
    assert text_of(await stream.rest()) == "Half and half"
    assert [entry["turn"]["status"] for entry in await ana.history(room)] == ["completed"] * 2


async def test_leases_are_renewed_while_a_turn_runs(ai, start_relay):
    relays = [await start_relay(lease_seconds=1.0) for _ in range(2)]
    ana = User(relays[0], "ana")
    room = await ana.room()
    stream = await ana.ask(room)
    call = await ai.call()
    query = "SELECT lease_until FROM relay_turn"
    moments: set[object] = set()
    while len(moments) < 5:  # more than two leases
        moments.add(
            tuple(
                await relays[1].app[RELAY].database.read(lambda c: c.exec_driver_sql(query).one())
            )
        )
    assert (await scraped(relays[0]))["leases",] == 1
    await call.finish(content("All") + END)
    assert kinds(await stream.rest())[-1] == "end"


async def test_a_turn_whose_row_is_locked_costs_its_owner_no_other_turn(ai, start_relay, postgres):
    """One of the others has a lower ID, so it is locked before the locked row; one a higher one."""
    lease = 1.5
    relays = [await start_relay(lease_seconds=lease) for _ in range(2)]
    ana = User(relays[0], "ana")
    rooms = [await ana.room() for _ in range(3)]
    streams = [await ana.ask(room) for room in rooms]
    calls = {call.question["chatRoomId"]: call for call in [await ai.call() for _ in rooms]}
    ids = [(await stream.next()).id.partition(":")[0] for stream in streams]
    locked = ids.index(sorted(ids)[1])
    await calls[rooms[locked]].send(content("Locked"))
    others = [n for n in range(3) if n != locked]
    with psycopg.connect(postgres.server.url("migrated")) as holder:
        holder.execute("UPDATE relay.relay_turn SET owner = owner WHERE id = %s", (ids[locked],))
        until = monotonic() + 2.5 * lease
        while monotonic() < until:
            for n in others:
                await calls[rooms[n]].send(content("More"))
                await streams[n].next()
    query = "SELECT id FROM relay_turn WHERE epoch = 1 AND status = 'running'"
    assert {ids[n] for n in others} <= {row.id for row in await stored(relays[1], query)}
    for n in others:
        await calls[rooms[n]].finish(END)
        assert kinds(await streams[n].rest())[-1] == "end"


async def test_a_relay_is_ready_as_long_as_its_database_is(relays, postgres):
    assert (await relays[0].get("/readyz")).status == 200
    postgres.server.kill()
    answer = await relays[0].get("/readyz")
    assert (answer.status, await error_of(answer)) == (503, "The database is not available")
    postgres.server.start()
    assert (await relays[0].get("/readyz")).status == 200


async def test_a_killed_database_ends_only_what_it_could_not_store(
    ai, relays, ana, ana_elsewhere, room, postgres
):
    quiet = await ana.room()
    streams = [await ana.ask(room), await ana.ask(quiet)]
    calls = {call.question["chatRoomId"]: call for call in (await ai.call(), await ai.call())}
    for stream in streams:
        await stream.next()
    await calls[room].send(content("Half"))
    await streams[0].next()
    postgres.server.kill()
    await calls[room].send(content(" lost"))
    await until_left(calls[room])
    postgres.server.start()
    await calls[quiet].finish(content("All") + END)
    rest = await streams[0].rest()
    assert kinds(rest)[-1] == "error"
    assert kinds(await streams[1].rest()) == ["message", "end"]
    (question,) = await ana_elsewhere.history(room)
    assert question["turn"]["partial"] == "Half" + text_of(rest)
    ai.script = content("Next") + END
    assert kinds(await (await ana_elsewhere.ask(room)).rest())[-1] == "end"


async def test_a_relay_that_stops_ends_its_turns_for_the_others(
    ai, relays, ana, ana_elsewhere, room
):
    stream = await ana.ask(room)
    call = await ai.call()
    await call.send(content("Half"))
    await stream.next()
    watching = Stream(await ana_elsewhere.resume())
    await watching.next()
    await relays[0].close()
    assert kinds(await watching.rest())[-1] == "error"
    (question,) = await ana_elsewhere.history(room)
    assert (question["turn"]["reason"], question["turn"]["partial"]) == ("interrupted", "Half")
