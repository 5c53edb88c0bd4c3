"""A stop ends the turn on the server, keeps its partial text, and can be repeated."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from streamproof.relay.dependencies import Dependencies
from tests.relay.conftest import ON_BOTH, User, error_of, kinds, read
from tests.relay.scripted_ai import END, content

pytestmark = ON_BOTH

PATIENCE_SECONDS = 10.0  # a busy machine is not a fault; without a stop, the reply never ends

STOPPED = '{"error":"Stopped"}'


@pytest.fixture
async def answering(ai, ana, room):
    """Return a stream and its call, after the first content."""
    stream = await ana.ask(room)
    call = await ai.call()
    await call.send(content("Half"))
    await stream.next()
    await stream.next()
    return stream, call


async def stop(user, room, **query):
    """Stop, and return the body."""
    answer = await user.post(f"{room}/stop", params=query)
    assert answer.status == 200, await answer.text()
    return await answer.json()


async def until_left(call):
    """Wait until the relay has closed its connection to the AI service."""
    with suppress(ConnectionError):
        while True:  # the caller limits the time
            await call.send(content("more"))
            await asyncio.sleep(0)


async def test_a_stop_ends_the_stream_and_keeps_the_partial_text(ana, room, answering):
    stream, _ = answering
    body = await stop(ana, room)
    (last,) = await stream.rest()
    assert (last.event, last.data) == ("error", STOPPED)
    (question,) = await ana.history(room)
    assert body == {"turnId": question["turn"]["id"], "status": "stopped"}
    assert question["turn"] | {"id": ""} == {
        "id": "",
        "status": "stopped",
        "reason": "stopped",
        "partial": "Half",
    }


@pytest.mark.security(16)
async def test_a_stop_leaves_the_ai_service_within_a_second(ana, room, answering):
    _, call = answering
    async with asyncio.timeout(PATIENCE_SECONDS):
        await stop(ana, room)
        await until_left(call)


async def test_a_stop_before_the_ai_service_answers_leaves_it_too(ai, ana, room):
    stream = await ana.ask(room)
    call = await ai.call()
    await stop(ana, room)
    assert kinds(await stream.rest()) == ["message", "error"]
    async with asyncio.timeout(PATIENCE_SECONDS):
        await until_left(call)


async def test_a_stop_in_the_wait_before_another_attempt_ends_the_turn(ai, start_relay):
    async def sleep(_seconds):
        await asyncio.Event().wait()

    client = await start_relay(Dependencies(sleep=sleep), backoff_seconds=1.0)
    ana = User(client, "ana")
    room = await ana.room()
    stream = await ana.ask(room)
    await (await ai.call()).refuse(503)
    assert (await stop(ana, room))["status"] == "stopped"
    assert kinds(await stream.rest()) == ["message", "error"]
    assert len(ai.calls) == 1


async def test_a_repeated_stop_has_the_same_response(ana, room, answering):
    bodies = await asyncio.gather(*(stop(ana, room) for _ in range(5)))
    bodies.append(await stop(ana, room))
    assert bodies == 6 * [bodies[0]]
    assert bodies[0]["status"] == "stopped"


async def test_the_room_is_free_after_a_stop(ai, ana, room, answering):
    await stop(ana, room)
    ai.script = content("Next") + END
    assert kinds(await (await ana.ask(room)).rest()) == ["message", "message", "end"]
    assert [entry["sender"] for entry in await ana.history(room)] == ["USER", "USER", "AI"]


async def test_a_stopped_turn_can_be_resumed_to_its_end(ana, room, answering):
    body = await stop(ana, room)
    frames = await read(await ana.resume(turnId=body["turnId"]))
    assert kinds(frames) == ["message", "message", "error"]
    rest = await read(await ana.resume(f"{body['turnId']}:0"))
    assert [frame.id for frame in rest] == [frame.id for frame in frames[1:]]
    assert (await ana.resume(frames[-1].id)).status == 204


async def test_a_stop_without_a_turn_does_nothing(ana, room):
    assert await stop(ana, room) == {"turnId": None, "status": None}


async def test_a_stop_after_the_end_reports_the_complete_turn(ai, ana, room):
    ai.script = content("All") + END
    await (await ana.ask(room)).rest()
    assert (await stop(ana, room))["status"] == "completed"
    assert (await ana.history(room))[1]["message"] == "All"


async def test_a_late_stop_does_not_stop_the_next_turn(ai, ana, room, answering):
    first = await stop(ana, room)
    stream = await ana.ask(room)
    assert await stop(ana, room, turnId=first["turnId"]) == first
    call = await ai.call()
    await call.finish(content("Next") + END)
    assert kinds(await stream.rest())[-1] == "end"


async def test_a_stop_of_a_turn_in_another_room_is_not_found(ana, room, answering):
    other = await ana.room()
    first = (await ana.history(room))[0]["turn"]["id"]
    answer = await ana.post(f"{other}/stop", params={"turnId": first})
    assert (answer.status, await error_of(answer)) == (404, "No such turn")
    assert (await ana.history(room))[0]["turn"]["status"] == "running"


async def test_only_the_owner_can_stop(ana, budi, room, answering):
    answer = await budi.post(f"{room}/stop")
    assert (answer.status, await error_of(answer)) == (404, "No such room")
    assert (await ana.history(room))[0]["turn"]["status"] == "running"


async def test_a_stop_while_the_answer_is_stored_is_too_late(ai, start_relay):
    rendering, released = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def render(text):
        loop.call_soon_threadsafe(rendering.set)
        asyncio.run_coroutine_threadsafe(released.wait(), loop).result()
        return text

    client = await start_relay(Dependencies(render=render))
    ana = User(client, "ana")
    room = await ana.room()
    ai.script = content("All") + END
    stream = await ana.ask(room)
    await rendering.wait()
    stopping = asyncio.ensure_future(stop(ana, room))
    await ana.history(room)  # the stop has arrived, or arrives after the end: both are too late
    released.set()
    assert (await stopping)["status"] == "completed"
    assert kinds(await stream.rest())[-1] == "end"
