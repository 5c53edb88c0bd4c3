"""The endpoints for rooms and for the history of a room."""

from __future__ import annotations

from typing import Any

import pytest

from streamproof.relay.dependencies import Dependencies
from tests.relay.conftest import ON_BOTH, Clock, User, error_of, execute
from tests.relay.scripted_ai import END, EXAMPLE, EXAMPLE_SOURCE, content, sources

pytestmark = ON_BOTH


async def test_a_new_room_is_returned_and_listed(ana):
    answer = await ana.post("rooms", json={"title": "Cuti \ud83d\ude42"})
    room = await answer.json()
    assert answer.status == 201
    assert room["title"] == "Cuti 🙂"
    assert (await (await ana.get("rooms")).json())["rooms"] == [room]


@pytest.mark.parametrize(
    ("options", "title"),
    [
        pytest.param({}, None, id="no body"),
        pytest.param({"json": {}}, None, id="empty object"),
        pytest.param({"json": {"title": None}}, None, id="null"),
        pytest.param({"json": {"title": "", "more": 1}}, "", id="more than a title"),
        pytest.param({"data": {"title": "A form"}}, "A form", id="form"),
        pytest.param({"data": {"other": "x"}}, None, id="form without a title"),
        pytest.param({"json": {"title": "\0\ud800"}}, "\ufffd\ufffd", id="not storable"),
    ],
)
async def test_a_room_has_the_title_of_the_request(ana, options, title):
    answer = await ana.post("rooms", **options)
    assert (answer.status, (await answer.json())["title"]) == (201, title)


@pytest.mark.parametrize(
    ("status", "options"),
    [
        pytest.param(400, {"json": {"title": 5}}, id="a number"),
        pytest.param(400, {"json": {"title": "a" * 201}}, id="a long title"),
        pytest.param(400, {"json": ["title"]}, id="a list"),
        pytest.param(400, {"data": [("title", "a"), ("title", "b")]}, id="two titles"),
        pytest.param(
            400, {"data": "{", "headers": {"Content-Type": "application/json"}}, id="broken JSON"
        ),
        pytest.param(
            400, {"data": b"\xff", "headers": {"Content-Type": "application/json"}}, id="no UTF-8"
        ),
        pytest.param(
            400,
            {"data": "[" * 100_000, "headers": {"Content-Type": "application/json"}},
            id="deep JSON",
        ),
        pytest.param(415, {"data": "x", "headers": {"Content-Type": "text/plain"}}, id="text"),
        pytest.param(413, {"json": {"more": "x" * 200_000}}, id="a long body"),
    ],
)
async def test_a_request_for_a_room_that_is_not_valid_is_refused(ana, status, options):
    answer = await ana.post("rooms", **options)
    assert answer.status == status
    assert await error_of(answer)
    assert (await (await ana.get("rooms")).json())["rooms"] == []


async def test_rooms_are_listed_newest_first_in_pages(ana, budi):
    created = [await ana.room(f"{n}") for n in range(7)]
    await budi.room()
    assert await _pages(ana, "rooms", "rooms") == [created[:3:-1], created[3:0:-1], created[:1]]


async def test_messages_are_listed_oldest_first_in_pages(ai, ana, room):
    ai.script = END
    for n in range(4):
        await (await ana.ask(room, f"{n}")).rest()
    whole = [message["id"] for message in await ana.history(room)]
    assert whole == sorted(whole)
    assert await _pages(ana, f"{room}/messages", "messages") == [whole[:3], whole[3:6], whole[6:]]


async def test_messages_of_one_millisecond_keep_their_order(ai, start_relay):
    client = await start_relay(dependencies=Dependencies(now=Clock()))
    ana = User(client, "ana")
    room = await ana.room()
    ai.script = END
    for n in range(4):
        await (await ana.ask(room, f"{n}")).rest()
    shown = [message["message"] for message in await ana.history(room)]
    assert shown == ["0", "", "1", "", "2", "", "3", ""]
    ids = [message["id"] for message in await ana.history(room)]
    assert await _pages(ana, f"{room}/messages", "messages") == [ids[:3], ids[3:6], ids[6:]]


async def _pages(user, path, key):
    """Read a list in pages of three; return the IDs of each page."""
    pages: list[list[str]] = []
    cursor: dict[str, str] = {}
    while True:
        body = await (await user.get(path, params={"limit": 3, **cursor})).json()
        pages.append([item["id"] for item in body[key]])
        if body["nextCursor"] is None:
            return pages
        cursor = {"cursor": body["nextCursor"]}


async def test_a_full_last_page_has_no_next_page(ana):
    for _ in range(3):
        await ana.room()
    assert len(await _pages(ana, "rooms", "rooms")) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "-1"},
        {"limit": "ten"},
        {"limit": "٣"},
        {"limit": ""},
        {"cursor": ""},
        {"cursor": "x"},
        {"cursor": "1_"},
        {"cursor": "99999999999999_x"},
    ],
)
async def test_page_parameters_that_are_not_valid_are_refused(ana, room, query):
    for path in ("rooms", f"{room}/messages"):
        answer = await ana.get(path, params=query)
        assert answer.status == 400
        assert await error_of(answer)


async def test_a_cursor_stays_valid_after_its_item_is_deleted(ana, relay):
    created = [await ana.room() for _ in range(4)]
    body = await (await ana.get("rooms", params={"limit": 2})).json()
    await execute(relay, 'DELETE FROM "AiChatRoom" WHERE "id" = :id', id=created[2])
    rest = await (await ana.get("rooms", params={"cursor": body["nextCursor"]})).json()
    assert [room["id"] for room in rest["rooms"]] == created[1::-1]


async def test_moments_are_iso_8601_in_utc_with_milliseconds(ai, start_relay):
    client = await start_relay(dependencies=Dependencies(now=Clock()))
    ana = User(client, "ana")
    ai.script = END
    room = await ana.room()
    await (await ana.ask(room)).rest()
    moments = {message["createdAt"] for message in await ana.history(room)}
    assert moments == {"2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.679Z"}


async def test_question_and_answer_have_the_same_turn(ai, ana, room):
    ai.script = EXAMPLE
    await (await ana.ask(room)).rest()
    question, answer = await ana.history(room)
    assert question["turn"] == answer["turn"]
    assert question["turn"] | {"id": 0} == {
        "id": 0,
        "status": "completed",
        "reason": None,
        "partial": None,
    }


async def test_the_history_shows_a_running_turn(ai, ana, room):
    stream = await ana.ask(room)
    (question,) = await ana.history(room)
    assert (question["turn"]["status"], question["turn"]["partial"]) == ("running", None)
    await (await ai.call()).finish(END)
    await stream.rest()


async def test_the_history_shows_sources_as_each_answer_showed_them(ai, ana, room):
    other = {"id": "doc-123", "title": "New title", "content": "New content"}
    for source in (EXAMPLE_SOURCE, other):
        ai.script = content("x") + sources(source) + END
        await (await ana.ask(room)).rest()
    shown = [message["sources"] for message in await ana.history(room)]
    assert shown == [[], [EXAMPLE_SOURCE], [], [other]]


async def test_messages_of_another_program_have_their_linked_knowledge(ana, relay, room):
    rows = [
        """INSERT INTO "Knowledge" VALUES ('k', 'Title', 'Text')""",
        """INSERT INTO "AiChatRoomMessage" ("id", "aiChatRoomId", "sender", "message", "updatedAt")
           VALUES ('m', :room, 'AI', 'Hi', '2026-01-01 00:00:00')""",
        """INSERT INTO "AiChatRoomMessageKnowledge" VALUES ('l', 'm', 'k')""",
    ]
    for row in rows:
        await execute(relay, row, room=room)
    (message,) = await ana.history(room)
    assert message["sources"] == [{"id": "k", "title": "Title", "content": "Text"}]
    assert message["turn"] is None


async def test_the_history_of_another_user_is_not_found(budi, room):
    for room_id in (room, "unknown"):
        answer = await budi.get(f"{room_id}/messages")
        assert (answer.status, await error_of(answer)) == (404, "No such room")


async def test_a_page_ends_before_it_has_too_many_bytes(ai, start_relay):
    ana = User(await start_relay(max_history_bytes=5000), "ana")
    room = await ana.room()
    for size in (10, 1500, 9000, 10):
        ai.script = sources({"id": "a", "title": "t", "content": "x" * size}) + content("y") + END
        await (await ana.ask(room)).rest()
    pages: list[list[str]] = []
    cursor: dict[str, str] | None = {}
    while cursor is not None:
        answer = await ana.get(f"{room}/messages", params=cursor)
        body = await answer.json()
        assert answer.content_type == "application/json"
        pages.append([m["id"] for m in body["messages"]])
        cursor = body["nextCursor"] and {"cursor": body["nextCursor"]}
    assert [len(page) for page in pages] == [5, 1, 2]
    assert [m for page in pages for m in page] == [m["id"] for m in await whole(ana, room)]


async def test_the_partial_text_of_a_turn_counts_for_its_page(ai, start_relay):
    ana = User(await start_relay(max_history_bytes=1000), "ana")
    room = await ana.room()
    for _ in range(3):
        ai.script = content("x" * 900)  # without an end
        await (await ana.ask(room)).rest()
    assert len(await ana.history(room)) == 1


async def whole(user, room):
    """Return all messages of a room, one page for each."""
    messages: list[Any] = []
    cursor: dict[str, str] | None = {}
    while cursor is not None:
        body = await (await user.get(f"{room}/messages", params={"limit": 1, **cursor})).json()
        messages += body["messages"]
        cursor = body["nextCursor"] and {"cursor": body["nextCursor"]}
    return messages
