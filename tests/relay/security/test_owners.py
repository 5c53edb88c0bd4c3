"""What belongs to one user, no other user reaches: by ID, by cookie, by form, or by source."""

from __future__ import annotations

import asyncio

import pytest

from streamproof.relay.app import load_openapi
from streamproof.relay.routes import RELAY
from tests.relay.conftest import User, bearer, error_of, execute, kinds, read, stored
from tests.relay.scripted_ai import END, content, sources

EVIL = "https://evil.example"


def endpoints(*methods):
    """Return the endpoints of the OpenAPI description that need a token."""
    return [
        (method.upper(), path)
        for path, item in load_openapi()["paths"].items()
        for method, operation in item.items()
        if method in methods and operation.get("security") != []
    ]


@pytest.fixture
async def turn(ai, ana, room):
    """Return a turn of ana that runs, with some content."""
    stream = await ana.ask(room, "A secret of ana")
    call = await ai.call()
    await call.send(content("Another secret"))
    frames = [await stream.next(), await stream.next()]
    yield frames[1].id.rpartition(":")[0]
    await call.finish(END)
    await stream.rest()


ATTACKS = [
    ("POST", "{room}/stream", {"data": {"message": "x"}}),
    ("POST", "{room}/stream", {"data": {"message": "x"}, "headers": {"Idempotency-Key": "k"}}),
    ("POST", "{room}/stream", {"headers": {"Last-Event-ID": "{turn}:0"}}),
    ("POST", "{room}/messages", {"data": {"message": "x"}}),
    ("POST", "{room}/stop", {}),
    ("POST", "{room}/stop", {"params": {"turnId": "{turn}"}}),
    ("POST", "{own}/stop", {"params": {"turnId": "{turn}"}}),
    ("GET", "{room}/messages", {}),
    ("GET", "{room}/messages", {"params": {"cursor": "0_x"}}),
    ("GET", "stream", {"params": {"turnId": "{turn}"}}),
    ("GET", "stream", {"params": {"chatRoomId": "{room}"}}),
    ("GET", "stream", {"headers": {"Last-Event-ID": "{turn}:0"}}),
]


@pytest.mark.security(4)
@pytest.mark.parametrize(("method", "path", "options"), ATTACKS)
async def test_another_user_gets_the_same_as_for_what_does_not_exist(
    ana, budi, room, turn, method, path, options
):
    own = await budi.room()

    async def attack(room_id, turn_id):
        names = {"room": room_id, "turn": turn_id, "own": own}
        filled = {
            kind: {name: value.format(**names) for name, value in values.items()}
            for kind, values in options.items()
        }
        send = budi.post if method == "POST" else budi.get
        answer = await send(path.format(**names), **filled)
        return answer.status, await error_of(answer)

    unknown = "01a205c6-0000-7000-8000-000000000000"
    found = await attack(room, turn)
    assert found == await attack(unknown, unknown)
    assert found[0] in {400, 404}
    assert "secret" not in found[1]
    [question] = await ana.history(room)
    assert question["turn"]["status"] == "running"
    assert len(await stored(ana.client, 'SELECT id FROM "AiChatRoomMessage"')) == 1


@pytest.mark.security(4)
async def test_lists_and_defaults_have_only_what_is_the_users_own(ana, budi, room, turn):
    assert (await (await budi.get("rooms")).json())["rooms"] == []
    assert (await budi.resume()).status == 204


@pytest.mark.security(4)
def test_the_matrix_has_every_endpoint_with_a_room_or_a_turn():
    attacked = {(method, f"/api/chat/{path}") for method, path, _ in ATTACKS}
    described = {
        (method, path.replace("{chatRoomId}", "{room}"))
        for method, path in endpoints("get", "post")
        if path != "/api/chat/rooms"
    }
    assert described <= attacked


@pytest.mark.security(5)
async def test_a_room_that_changes_its_owner_takes_no_question_of_the_old_one(ana, budi, room):
    await budi.room()
    relay = ana.client.app[RELAY]
    # Both wait in the queue of the writer: the check and the insert are one transaction.
    moving = asyncio.ensure_future(
        execute(ana.client, """UPDATE "AiChatRoom" SET "userId" = 'budi' WHERE id = :id""", id=room)
    )
    await asyncio.sleep(0)
    asking = asyncio.ensure_future(relay.turns.begin("ana", room, "Hello?"))
    await moving
    with pytest.raises(Exception, match="No such room"):
        await asking
    assert await budi.history(room) == []


@pytest.mark.security(6)
@pytest.mark.parametrize(("method", "path"), endpoints("post"))
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Referer": f"{EVIL}/"},
        {},
    ],
    ids=str,
)
async def test_no_other_site_can_change_anything_with_the_cookie(
    relay, room, method, path, headers
):
    token = bearer("ana")["Authorization"].removeprefix("Bearer ")
    answer = await relay.request(
        method,
        path.format(chatRoomId=room),
        headers={**headers, "Cookie": f"streamproof_token={token}"},
        data={"message": "Hello?"},
    )
    assert (answer.status, await error_of(answer)) == (403, "Origin not allowed")
    assert await stored(relay, "SELECT id FROM relay_turn") == []


@pytest.mark.security(6)
async def test_a_get_starts_no_turn(ai, ana, room):
    for query in ({}, {"chatRoomId": room}, {"chatRoomId": room, "message": "Hello?"}):
        assert (await ana.resume(**query)).status == 204
    assert ai.calls == []


@pytest.mark.security(7)
@pytest.mark.parametrize("name", ["token", "access_token", "jwt", "streamproof_token"])
async def test_a_token_in_the_url_is_not_a_token(relay, name):
    token = bearer("ana")["Authorization"].removeprefix("Bearer ")
    answer = await relay.get("/api/chat/rooms", params={name: token})
    assert answer.status == 401


SOURCE = {"id": "doc-1", "title": "Of ana", "content": "The salary of ana"}
SPOOFED = {"id": "doc-1", "title": "Of budi", "content": "Nothing"}


@pytest.mark.security(21)
async def test_a_source_never_changes_or_shows_the_knowledge_of_another_user(ai, ana, budi, room):
    ai.script = content("a") + sources(SOURCE) + END
    await (await ana.ask(room)).rest()
    ai.script = content("b") + sources(SPOOFED) + END
    other = await budi.room()
    frames = await (await budi.ask(other)).rest()
    turn_id = frames[0].id.rpartition(":")[0]
    seen = [frame.data for frame in [*frames, *await read(await budi.resume(turnId=turn_id))]] + [
        str(await budi.history(other))
    ]
    assert not any("ana" in text for text in seen)
    assert (await ana.history(room))[1]["sources"] == [SOURCE]
    assert (await budi.history(other))[1]["sources"] == [SPOOFED]
    knowledge = await stored(ana.client, 'SELECT id, title, content FROM "Knowledge"')
    assert [tuple(row) for row in knowledge] == [tuple(SOURCE.values())]


@pytest.mark.security(21)
async def test_a_source_adds_no_knowledge_to_tables_of_another_program(ai, start_relay):
    client = await start_relay(creates_chat_tables=False)
    await execute(client, """INSERT INTO "User" (id) VALUES ('ana')""")
    ana = User(client, "ana")
    room = await ana.room()
    ai.script = content("a") + sources(SOURCE) + END
    assert kinds(await (await ana.ask(room)).rest())[-1] == "end"
    assert await stored(client, 'SELECT id FROM "Knowledge"') == []
    assert await stored(client, 'SELECT id FROM "AiChatRoomMessageKnowledge"') == []
