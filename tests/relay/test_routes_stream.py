"""The endpoints that start a turn and stream it."""

from __future__ import annotations

import asyncio
import json
import re

import aiohttp
import pytest

from streamproof.contracts.messages import START_FRAME_DATA
from streamproof.relay.reception import LARGE_EVENT_CHARACTERS
from streamproof.relay.turn import Turn
from tests.relay.conftest import ON_BOTH, Stream, User, bearer, error_of, kinds, read
from tests.relay.scripted_ai import END, EXAMPLE, EXAMPLE_SOURCE, content, event

pytestmark = ON_BOTH


async def test_the_example_conversation_is_streamed_and_stored(ai, ana, room):
    ai.script = EXAMPLE
    frames = await (await ana.ask(room, "How many days off?")).rest()
    assert frames[0].data == START_FRAME_DATA
    assert kinds(frames) == ["message", "message", "message", "message", "sources", "end"]
    question, answer = await ana.history(room)
    assert question["message"] == "How many days off?"
    assert answer["message"] == "Based on your company's HR policy,"
    assert answer["htmlFormattedMessage"] == "<p>Based on your company's HR policy,</p>\n"
    assert answer["sources"] == [EXAMPLE_SOURCE]


async def test_the_ai_service_gets_the_stored_ids(ai, ana, room):
    ai.script = EXAMPLE
    await (await ana.ask(room, "Why?")).rest()
    question, _ = await ana.history(room)
    assert [call.question for call in ai.calls] == [
        {"question": "Why?", "chatRoomId": room, "messageId": question["id"], "userId": "ana"}
    ]


async def test_frame_ids_count_from_0(ai, ana, room):
    ai.script = EXAMPLE
    frames = await (await ana.ask(room)).rest()
    turn_id = (await ana.history(room))[0]["turn"]["id"]
    assert [frame.id for frame in frames] == [f"{turn_id}:{n}" for n in range(6)]


async def test_the_headers_prevent_buffering_in_proxies(ai, ana, room):
    ai.script = EXAMPLE
    headers = (await ana.ask(room)).response.headers
    assert headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert headers["Cache-Control"] == "no-cache, no-transform"
    assert headers["X-Accel-Buffering"] == "no"
    assert "Content-Length" not in headers
    assert "Content-Encoding" not in headers


async def test_only_the_first_frame_has_the_reconnection_time(ai, ana, room):
    ai.script = EXAMPLE
    stream = await ana.ask(room)
    body = (await stream.response.read()).decode()
    assert re.findall("retry: .*", body) == ["retry: 2000"]
    assert "retry: 2000" in body.split("\n\n")[0]


async def test_start_is_sent_before_the_ai_service_answers(ai, ana, room):
    stream = await ana.ask(room)
    assert (await stream.next()).data == START_FRAME_DATA
    assert [m["sender"] for m in await ana.history(room)] == ["USER"]
    await (await ai.call()).finish(END)
    assert kinds(await stream.rest()) == ["end"]


async def test_each_content_event_is_sent_at_once(ai, ana, room):
    stream = await ana.ask(room)
    await stream.next()
    call = await ai.call()
    for word in ("one", " two", " three"):
        await call.send(content(word))
        assert json.loads((await stream.next()).data)["content"] == word
    await call.finish(END)
    assert kinds(await stream.rest()) == ["end"]


@pytest.mark.parametrize("characters", [1, LARGE_EVENT_CHARACTERS + 1], ids=["small", "large"])
async def test_an_error_of_the_relay_itself_ends_the_turn(
    ai, ana, room, monkeypatch, caplog, characters
):
    def receive(*_arguments):
        raise RuntimeError("a bug")

    stream = await ana.ask(room)
    monkeypatch.setattr(Turn, "receive", receive)
    await (await ai.call()).send(content("x" * characters))
    assert kinds(await stream.rest()) == ["message", "error"]
    assert "an internal error of the relay" in caplog.text


async def test_silence_before_the_first_token_is_filled_with_comments(ai, start_relay):
    client = await start_relay(keep_alive_seconds=0.01)
    ana = User(client, "ana")
    stream = await ana.ask(await ana.room())
    body = b""
    while body.count(b": keep-alive\n\n") < 2:
        body += await stream.response.content.readany()
    await (await ai.call()).finish(END)
    await stream.response.read()


async def test_silence_can_be_filled_with_events_that_an_event_source_shows(ai, start_relay):
    client = await start_relay(keep_alive_seconds=0.01)
    ana = User(client, "ana")
    room = await ana.room()
    stream = Stream(await ana.post(f"{room}/stream?heartbeat=event", data={"message": "Hello?"}))
    frames = [await stream.next() for _ in range(3)]
    assert kinds(frames) == ["message", "heartbeat", "heartbeat"]  # before the first token
    assert {frame.data for frame in frames[1:]} == {"{}"}
    resumed = Stream(await ana.resume(frames[0].id, heartbeat="event"))
    heartbeat = await resumed.next()
    assert (heartbeat.event, heartbeat.id) == ("heartbeat", "")
    await (await ai.call()).finish(END)
    assert kinds(await stream.rest())[-1] == "end"
    await resumed.rest()


async def test_a_heartbeat_of_another_kind_is_refused_and_starts_no_turn(ana, room):
    posted = await ana.post(f"{room}/stream?heartbeat=loud", data={"message": "Hello?"})
    for answer in (posted, await ana.resume(chatRoomId=room, heartbeat="loud")):
        error = "heartbeat must be comment or event"
        assert (answer.status, await error_of(answer)) == (400, error)
    assert await ana.history(room) == []


async def test_raw_text_is_sent_on_but_not_stored(ai, ana, room):
    ai.script = content("a") + event("message", "{broken") + content("b") + END
    frames = await (await ana.ask(room)).rest()
    assert [frame.data for frame in frames][2] == "{broken"
    assert (await ana.history(room))[1]["message"] == "ab"


FAILURES = {
    "truncated": lambda call: call.finish(content("Hal") + content("f")),
    "error_event": lambda call: call.finish(content("Half") + event("error", "{}") + END),
}


@pytest.mark.parametrize("reason", FAILURES)
async def test_a_reply_that_fails_keeps_its_partial_text(ai, ana, room, reason):
    stream = await ana.ask(room)
    await FAILURES[reason](await ai.call())
    frames = await stream.rest()
    assert (frames[-1].event, frames[-1].data) == ("error", '{"error":"Failed to process message"}')
    (question,) = await ana.history(room)
    assert question["turn"] | {"id": ""} == {
        "id": "",
        "status": "failed",
        "reason": reason,
        "partial": "Half",
    }


async def test_a_refused_request_gives_start_and_error(ai, ana, room):
    stream = await ana.ask(room)
    await (await ai.call()).refuse(500)
    assert kinds(await stream.rest()) == ["message", "error"]
    (question,) = await ana.history(room)
    assert (question["turn"]["reason"], question["turn"]["partial"]) == ("status", "")


async def test_events_after_the_end_are_dropped(ai, ana, room):
    ai.script = content("a") + END + END + content("b")
    assert kinds(await (await ana.ask(room)).rest()) == ["message", "message", "end"]
    assert (await ana.history(room))[1]["message"] == "a"


async def test_a_turn_continues_after_its_browser_has_left(ai, ana, room, caplog):
    stream = await ana.ask(room)
    call = await ai.call()
    await call.send(content("a"))
    await stream.next()
    stream.response.close()
    for _ in range(20):
        await call.send(content("b"))
    await call.finish(END)
    turn_id = (await ana.history(room))[0]["turn"]["id"]
    frames = await read(await ana.resume(turnId=turn_id))
    assert kinds(frames)[-1] == "end"
    assert (await ana.history(room))[1]["message"] == "a" + 20 * "b"
    assert caplog.records == []


async def test_a_page_with_event_source_posts_first_and_then_streams(ai, ana, room):
    ai.script = EXAMPLE
    answer = await ana.post(f"{room}/messages", data={"message": "Hello?"})
    assert answer.status == 202
    body = await answer.json()
    assert body["streamUrl"] == f"/api/chat/stream?turnId={body['turnId']}"
    streamed = await ana.client.get(body["streamUrl"], headers=ana.headers)
    assert kinds(await read(streamed))[-1] == "end"


@pytest.mark.parametrize("path", ["stream", "messages"])
@pytest.mark.parametrize(
    "form",
    [
        pytest.param({}, id="missing"),
        pytest.param({"message": ""}, id="empty"),
        pytest.param({"message": " \n\t"}, id="blank"),
        pytest.param([("message", "a"), ("message", "b")], id="repeated"),
        pytest.param({"Message": "a"}, id="misspelt"),
    ],
)
async def test_a_message_is_required(ana, room, path, form):
    answer = await ana.post(f"{room}/{path}", data=form)
    assert (answer.status, await error_of(answer)) == (400, "Message is required")
    assert await ana.history(room) == []


async def test_the_error_for_another_body_type_names_the_expected_type(ana, room):
    answer = await ana.post(f"{room}/stream", json={"message": "Hello?"})
    assert await error_of(answer) == "The body must be form data, not application/json"


@pytest.mark.parametrize("path", ["stream", "messages"])
@pytest.mark.parametrize(
    ("status", "options"),
    [
        pytest.param(400, {}, id="no body"),
        pytest.param(415, {"json": {"message": "a"}}, id="JSON"),
        pytest.param(
            415, {"data": "message=a", "headers": {"Content-Type": "text/plain"}}, id="text"
        ),
        pytest.param(413, {"data": {"message": "a" * 32_769}}, id="long message"),
        pytest.param(413, {"data": {"message": "é" * 16_385}}, id="long in bytes"),
        pytest.param(413, {"data": {"message": "a", "x": "b" * 200_000}}, id="long body"),
        pytest.param(
            400,
            {"data": b"--x", "headers": {"Content-Type": "multipart/form-data; boundary=y"}},
            id="broken multipart",
        ),
        pytest.param(
            400,
            {"data": b"message=a", "headers": {"Content-Type": "multipart/form-data"}},
            id="no boundary",
        ),
    ],
)
async def test_a_body_that_is_not_a_valid_form_is_refused(ana, room, path, status, options):
    answer = await ana.post(f"{room}/{path}", **options)
    assert answer.status == status
    assert await error_of(answer)
    assert await ana.history(room) == []


async def test_a_message_of_exactly_the_limit_passes(ai, ana, room):
    ai.script = END
    await (await ana.ask(room, "é" * 16_384)).rest()
    assert (await ana.history(room))[0]["message"] == "é" * 16_384


async def test_a_multipart_form_is_accepted(ai, ana, room):
    ai.script = END
    form = aiohttp.FormData({"message": " Halo 🙂\nbaris dua "}, default_to_multipart=True)
    answer = await ana.post(f"{room}/stream", data=form)
    assert answer.status == 200
    await answer.read()
    assert (await ana.history(room))[0]["message"] == " Halo 🙂\nbaris dua "


async def test_a_file_upload_is_not_a_message(ana, room):
    form = aiohttp.FormData()
    form.add_field("message", b"text", filename="a.txt")
    answer = await ana.post(f"{room}/stream", data=form)
    assert (answer.status, await error_of(answer)) == (400, "Message is required")


async def test_characters_that_a_database_cannot_store_are_replaced(ai, ana, room):
    ai.script = END
    await (await ana.ask(room, "a\0b")).rest()
    assert (await ana.history(room))[0]["message"] == "a\ufffdb"
    assert ai.calls[0].question["question"] == "a\ufffdb"


@pytest.mark.parametrize("path", ["stream", "messages"])
async def test_a_room_has_at_most_one_running_reply(ai, ana, room, path):
    stream = await ana.ask(room)
    answer = await ana.post(f"{room}/{path}", data={"message": "Again?"})
    assert (answer.status, (await answer.json())["error"]) == (409, "A reply is still running")
    assert len(await ana.history(room)) == 1
    await (await ai.call()).finish(END)
    await stream.rest()
    ai.script = END
    await (await ana.ask(room)).rest()


async def test_simultaneous_messages_start_only_one_turn(ai, ana, room):
    posts = [ana.post(f"{room}/messages", data={"message": f"{n}"}) for n in range(8)]
    answers = await asyncio.gather(*posts)
    assert sorted(answer.status for answer in answers) == [202] + 7 * [409]
    await (await ai.call()).finish(END)


@pytest.mark.security(16)
async def test_a_user_has_a_maximum_number_of_running_replies(ai, ana, budi):
    rooms = [await ana.room() for _ in range(4)]
    for room in rooms[:3]:
        await ana.ask(room)
    answer = await ana.post(f"{rooms[3]}/stream", data={"message": "Hello?"})
    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert await ana.history(rooms[3]) == []
    await budi.ask(await budi.room())


@pytest.mark.parametrize("path", ["stream", "messages"])
async def test_a_room_of_another_user_is_not_found(ana, budi, room, path):
    for room_id in (room, "unknown"):
        answer = await budi.post(f"{room_id}/{path}", data={"message": "Hello?"})
        assert (answer.status, await error_of(answer)) == (404, "No such room")
    assert await ana.history(room) == []


ENDPOINTS = [
    ("POST", "/api/chat/x/stream"),
    ("POST", "/api/chat/x/messages"),
    ("GET", "/api/chat/x/messages"),
    ("GET", "/api/chat/stream"),
    ("GET", "/api/chat/rooms"),
    ("POST", "/api/chat/rooms"),
]


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer nonsense"}, {"Cookie": "streamproof_token=nonsense"}],
    ids=["no token", "bad token", "bad cookie"],
)
async def test_every_endpoint_needs_a_token(relay, method, path, headers):
    answer = await relay.request(method, path, headers=headers)
    assert (answer.status, await error_of(answer)) == (401, "Unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", [path for method, path in ENDPOINTS if method == "POST"])
async def test_a_post_by_cookie_from_another_site_is_refused(relay, path):
    token = bearer("ana")["Authorization"].removeprefix("Bearer ")
    headers = {"Cookie": f"streamproof_token={token}", "Origin": "https://evil.example"}
    answer = await relay.post(path, headers=headers, data={"message": "Hello?"})
    assert (answer.status, await error_of(answer)) == (403, "Origin not allowed")
