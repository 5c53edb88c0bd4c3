"""A POST can be repeated: a key names the question, and a 409 says which turn runs."""

from __future__ import annotations

import asyncio

import pytest

from streamproof.relay.dependencies import Dependencies
from tests.relay.conftest import (
    ON_BOTH,
    Clock,
    Stream,
    User,
    error_of,
    kinds,
    read,
    stored,
)
from tests.relay.scripted_ai import END, EXAMPLE, content

pytestmark = ON_BOTH

KEY = {"Idempotency-Key": "b6d2f5c0-question-1"}


async def post(user, room, path="stream", message="Hello?", headers=KEY):
    """Send a question with a key."""
    return await user.post(f"{room}/{path}", data={"message": message}, headers=headers)


async def test_a_repeated_post_streams_the_first_turn_from_its_start(ai, ana, room):
    first = Stream(await post(ana, room))
    call = await ai.call()
    await call.send(content("a"))
    begun = [await first.next(), await first.next()]
    second = Stream(await post(ana, room))
    assert [await second.next(), await second.next()] == begun
    await call.finish(content("b") + END)
    assert await second.rest() == await first.rest()
    assert len(ai.calls) == 1
    assert len(await ana.history(room)) == 2


async def test_a_page_that_aborts_its_first_post_gets_the_same_turn(ai, ana, room):
    first = await post(ana, room)
    call = await ai.call()
    first.close()
    second = Stream(await post(ana, room))
    await call.finish(EXAMPLE)
    assert kinds(await second.rest())[-1] == "end"
    assert (len(ai.calls), len(await ana.history(room))) == (1, 2)


@pytest.mark.parametrize("paths", [("messages", "messages"), ("stream", "messages")])
async def test_both_endpoints_know_the_keys_of_each_other(ai, ana, room, paths):
    ai.script = END
    for path in paths:
        answer = await post(ana, room, path)
        await answer.read()
    assert answer.status == 202
    [turn] = await stored(ana.client, "SELECT id FROM relay_turn")
    assert (await answer.json())["turnId"] == turn.id


@pytest.mark.security(16)
async def test_equal_posts_at_once_give_one_question_and_one_answer(ai, ana, room):
    ai.script = EXAMPLE
    answers = await asyncio.gather(*(post(ana, room) for _ in range(8)))
    frames = [await read(answer) for answer in answers]
    assert frames == 8 * [frames[0]]
    assert [entry["sender"] for entry in await ana.history(room)] == ["USER", "AI"]
    assert len(ai.calls) == 1


async def test_a_repeated_post_after_the_end_streams_the_stored_turn(ai, ana, room):
    ai.script = EXAMPLE
    first = await read(await post(ana, room))
    assert await read(await post(ana, room)) == first
    assert len(ai.calls) == 1


async def test_a_key_with_another_message_is_a_conflict(ai, ana, room):
    ai.script = END
    await read(await post(ana, room))
    answer = await post(ana, room, message="Another?")
    error = "This Idempotency-Key was used with another message"
    assert (answer.status, await error_of(answer)) == (409, error)
    assert len(await ana.history(room)) == 2


async def test_a_key_belongs_to_one_user_and_room(ai, ana, budi, room):
    ai.script = END
    await read(await post(ana, room))
    await read(await post(ana, await ana.room()))
    await read(await post(budi, await budi.room()))
    assert len(ai.calls) == 3


async def test_a_key_of_a_refused_question_can_be_used_again(ai, ana, room):
    stream = await ana.ask(room)
    assert (await post(ana, room)).status == 409
    await (await ai.call()).finish(END)
    await stream.rest()
    ai.script = END
    assert kinds(await read(await post(ana, room)))[-1] == "end"


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256])
async def test_a_key_that_is_not_valid_is_refused(ana, room, key):
    answer = await post(ana, room, headers={"Idempotency-Key": key})
    assert answer.status == 400
    assert "Idempotency-Key" in await error_of(answer)


@pytest.mark.parametrize("path", ["stream", "messages"])
async def test_a_409_says_which_turn_runs_and_where_its_stream_is(ai, ana, room, path):
    stream = await ana.ask(room)
    answer = await post(ana, room, path, message="Again?")
    body = await answer.json()
    assert (answer.status, body["error"]) == (409, "A reply is still running")
    assert body["turnId"] == (await ana.history(room))[0]["turn"]["id"]
    streamed = await ana.client.get(body["streamUrl"], headers=ana.headers)
    await (await ai.call()).finish(EXAMPLE)
    assert await read(streamed) == await stream.rest()


async def test_the_messages_of_a_room_keep_their_order_when_the_clock_is_set_back(ai, start_relay):
    clock = Clock()
    client = await start_relay(dependencies=Dependencies(now=clock))
    ana = User(client, "ana")
    room = await ana.room()
    for hours in range(4):
        ai.script = content(f"answer {hours}") + END
        clock.now = clock.now.replace(hour=12 - hours)
        await (await ana.ask(room, f"question {hours}")).rest()
    messages = await ana.history(room)
    texts = [f"{kind} {hours}" for hours in range(4) for kind in ("question", "answer")]
    assert [entry["message"] for entry in messages] == texts
    moments = [entry["createdAt"] for entry in messages]
    assert len(set(moments)) == len(moments)
    pages = [await ana.get(f"{room}/messages", params={"limit": "3"})]
    while cursor := (await pages[-1].json())["nextCursor"]:
        pages.append(await ana.get(f"{room}/messages", params={"limit": "3", "cursor": cursor}))
    assert [m["message"] for page in pages for m in (await page.json())["messages"]] == texts
