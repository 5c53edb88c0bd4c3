"""`end` means stored: the whole answer with its links, or nothing of it and `error`."""

from __future__ import annotations

import json
from contextlib import nullcontext

import pytest
from sqlalchemy import func, select

from streamproof.relay.dependencies import Dependencies
from streamproof.relay.routes import RELAY
from streamproof.relay.storage.tables import metadata
from tests.relay.conftest import ON_BOTH, DriverError, User, error_of, execute, kinds, read, stored
from tests.relay.scripted_ai import END, EXAMPLE, content, event, sources

pytestmark = ON_BOTH


class Failpoints:
    """Fails a number of times at each name."""

    def __init__(self, **times):
        self.times = times

    def __call__(self, name):
        """Reach a failpoint."""
        if self.times.get(name, 0) > 0:
            self.times[name] -= 1
            raise DriverError("database or disk is full")


def source(id, title="Title", content="Text"):
    return {"id": id, "title": title, "content": content}


@pytest.fixture
def start_failing(start_relay):
    """Start a relay that fails at some failpoints; return a user of it."""

    async def start_failing(**times):
        return User(
            await start_relay(dependencies=Dependencies(failpoint=Failpoints(**times))), "ana"
        )

    return start_failing


async def test_a_question_whose_commit_has_no_answer_is_ended(ai, start_relay):
    failpoints = Failpoints()
    ana = User(await start_relay(dependencies=Dependencies(failpoint=failpoints)), "ana")
    room = await ana.room()
    failpoints.times["committed"] = 1
    key = {"Idempotency-Key": "k"}
    refused = await ana.post(f"{room}/stream", data={"message": "Hello?"}, headers=key)
    assert refused.status == 503
    again = await ana.post(f"{room}/stream", data={"message": "Hello?"}, headers=key)
    assert kinds(await read(again)) == ["message", "error"]
    (question,) = await ana.history(room)
    assert (question["turn"]["status"], question["turn"]["reason"]) == ("failed", "storage")
    assert ai.calls == []


async def count(user, table):
    query = select(func.count()).select_from(metadata.tables[table])
    return await user.client.app[RELAY].database.read(lambda c: c.scalar(query))


async def test_an_answer_is_stored_with_its_links_and_knowledge(ai, ana, relay, room, caplog):
    ai.script = sources(source("a"), source("b")) + content("x") + sources(source("a", "2nd")) + END
    await (await ana.ask(room)).rest()
    links = await stored(
        relay,
        """SELECT m."sender", k."id", k."title" FROM "AiChatRoomMessageKnowledge" l
           JOIN "AiChatRoomMessage" m ON m."id" = l."aiChatRoomMessageId"
           JOIN "Knowledge" k ON k."id" = l."knowledgeId" ORDER BY k."id" """,
    )
    assert links == [("AI", "a", "Title"), ("AI", "b", "Title")]
    assert "no knowledge" not in caplog.text


async def test_existing_knowledge_is_not_changed(ai, ana, relay, room):
    for title in ("First", "Second"):
        ai.script = sources(source("a", title)) + END
        await (await ana.ask(room)).rest()
    assert await stored(relay, 'SELECT "title" FROM "Knowledge"') == [("First",)]
    assert await count(ana, "AiChatRoomMessageKnowledge") == 2


async def test_knowledge_of_another_program_is_linked_but_never_added(ai, start_relay, caplog):
    client = await start_relay(creates_chat_tables=False)
    rows = [
        """INSERT INTO "User" VALUES ('ana')""",
        """INSERT INTO "Knowledge" VALUES ('a', '', '')""",
    ]
    for row in rows:
        await execute(client, row)
    ana = User(client, "ana")
    room = await ana.room()
    ai.script = sources(source("a"), source("b"), source("c")) + END
    await (await ana.ask(room)).rest()
    assert await stored(client, 'SELECT "knowledgeId" FROM "AiChatRoomMessageKnowledge"') == [
        ("a",)
    ]
    assert await stored(client, 'SELECT "id" FROM "Knowledge"') == [("a",)]
    assert "2 sources have no knowledge to link: b, c" in caplog.text
    assert len((await ana.history(room))[1]["sources"]) == 3


async def test_users_of_another_program_are_never_added(start_relay):
    client = await start_relay(creates_chat_tables=False)
    answer = await User(client, "ana").post("rooms")
    assert (answer.status, await error_of(answer)) == (404, "No such user")


async def test_nothing_of_an_answer_is_stored_if_its_transaction_fails(ai, start_failing):
    ana = await start_failing(completed=1)
    room = await ana.room()
    ai.script = EXAMPLE
    frames = await (await ana.ask(room)).rest()
    assert kinds(frames) == ["message"] * 4 + ["sources", "error"]
    assert [frame.id.split(":")[1] for frame in frames] == list("012345")
    (question,) = await ana.history(room)
    assert question["turn"]["status"] == "failed"
    assert question["turn"]["reason"] == "storage"
    assert question["turn"]["partial"] == "Based on your company's HR policy,"
    for table in ("Knowledge", "AiChatRoomMessageKnowledge", "relay_source"):
        assert await count(ana, table) == 0


async def test_storing_the_error_is_repeated_until_it_succeeds(ai, start_failing):
    ana = await start_failing(completed=1, failed=3)
    room = await ana.room()
    ai.script = EXAMPLE
    assert kinds(await (await ana.ask(room)).rest())[-1] == "error"
    (question,) = await ana.history(room)
    assert question["turn"]["reason"] == "storage"


async def test_a_commit_whose_result_was_lost_is_not_repeated(ai, start_relay):
    names = []

    def lose_the_result(name):
        names.append(name)
        if name == "committed" and "completed" in names:
            names.clear()
            raise DriverError("connection lost")

    ana = User(await start_relay(dependencies=Dependencies(failpoint=lose_the_result)), "ana")
    room = await ana.room()
    ai.script = EXAMPLE
    assert kinds(await (await ana.ask(room)).rest())[-1] == "end"
    assert [m["turn"]["status"] for m in await ana.history(room)] == ["completed", "completed"]


async def test_the_status_is_503_if_the_first_transaction_fails(ai, start_relay):
    failpoints = Failpoints()
    ana = User(await start_relay(dependencies=Dependencies(failpoint=failpoints)), "ana")
    room = await ana.room()
    failpoints.times["commit"] = 1
    answer = await ana.post(f"{room}/stream", data={"message": "Hello?"})
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert await ana.history(room) == []
    assert ai.calls == []


async def test_frames_that_cannot_be_stored_are_never_sent(ai, start_relay):
    failpoints = Failpoints()
    ana = User(await start_relay(dependencies=Dependencies(failpoint=failpoints)), "ana")
    room = await ana.room()
    stream = await ana.ask(room)
    call = await ai.call()
    await call.send(content("seen"))
    seen = [await stream.next(), await stream.next()]
    failpoints.times["commit"] = 3  # at once, on the thread that writes, and the turn for itself
    await call.send(content(" lost"))
    rest = await stream.rest()
    assert [json.loads(frame.data).get("content") for frame in seen] == [None, "seen"]
    assert kinds(rest) == ["error"]
    assert (await ana.history(room))[0]["turn"]["partial"] == "seen"


async def test_deleting_a_room_deletes_its_running_turn(ai, ana, relay, room):
    stream = await ana.ask(room)
    call = await ai.call()
    await call.send(content("a"))
    await execute(relay, 'DELETE FROM "AiChatRoom"')
    await call.finish(END)
    for table in ("AiChatRoomMessage", "relay_turn", "relay_frame"):
        assert await count(ana, table) == 0
    stream.response.close()


async def test_only_the_stored_answer_has_replaced_characters(ai, ana, room):
    raw = '{"type": "content", "content": "a\\u0000\\ud83d"}'
    ai.script = (
        event("message", raw) + content("") + event("message", raw.replace("ud83d", "ude42"))
    )
    ai.script += END
    frames = await (await ana.ask(room)).rest()
    assert frames[1].data == raw
    assert (await ana.history(room))[1]["message"] == "a\ufffd\ufffda\ufffd\ufffd"


async def test_markdown_is_stored_as_safe_html(ai, ana, room):
    ai.script = content("**Hi** <script>alert(1)</script>") + END
    await (await ana.ask(room)).rest()
    html = (await ana.history(room))[1]["htmlFormattedMessage"]
    assert html.startswith("<p><strong>Hi</strong>")
    assert "<script" not in html


async def test_the_older_link_stays_null(ai, ana, relay, room):
    ai.script = EXAMPLE
    await (await ana.ask(room)).rest()
    assert await stored(relay, 'SELECT DISTINCT "knowledgeId" FROM "AiChatRoomMessage"') == [
        (None,)
    ]


async def test_an_empty_answer_is_stored(ai, ana, room):
    ai.script = END
    assert kinds(await (await ana.ask(room)).rest()) == ["message", "end"]
    assert [m["message"] for m in await ana.history(room)] == ["Hello?", ""]


@pytest.mark.parametrize(("length", "is_large"), [(1000, False), (300_000, True)])
async def test_the_database_knows_how_long_an_answer_is(
    ai, ana, room, length, is_large, monkeypatch
):
    database = ana.client.app[RELAY].database
    write, sizes, computed = database.write, [], []

    async def kept(unit, *, size=0, **options):
        sizes.append(size)
        return await write(unit, size=size, **options)

    def without_large_units():
        computed.append(length)
        return nullcontext()

    monkeypatch.setattr(database, "write", kept)
    monkeypatch.setattr(database, "without_large_units", without_large_units)
    ai.script = content("x" * length) + END
    assert kinds(await (await ana.ask(room)).rest())[-1] == "end"
    of_its_frame = length + 200  # in a frames file until the end
    assert 2 * length <= max(sizes) <= 2 * length + of_its_frame
    assert computed == ([length] if is_large else [])
