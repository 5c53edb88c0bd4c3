"""Pages over rows of several programs: any spelling of a moment, and rows that cannot be read."""

from __future__ import annotations

import random
from typing import Any

import pytest

from streamproof.relay.routes import RELAY
from streamproof.relay.storage.legible import LOGGED_ROWS, log_rows_without_moment
from tests.relay.conftest import execute, kinds, read
from tests.relay.scripted_ai import END

INSERT = """
    INSERT INTO "AiChatRoomMessage"
    ("id", "aiChatRoomId", "sender", "message", "createdAt", "updatedAt")
    VALUES (:id, :room, :sender, :message, :at, 0)
"""


async def add(relay, room, key, at, sender="USER", message="Hello"):
    """Store a message as another program does."""
    values = {"id": key, "room": room, "sender": sender, "message": message, "at": at}
    await execute(relay, INSERT, **values)


def spelled(second, kind):
    """Return a moment of the same hour in one of four spellings."""
    return [
        f"2026-11-28T19:00:{second:02}.500+00:00",
        f"2026-11-28 19:00:{second:02}.500000",
        f"2026-11-28T19:00:{second:02}.500Z",
        1795892400500 + second * 1000,
    ][kind]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("limit", [1, 3, 50])
async def test_pages_go_over_the_rows_of_all_spellings_in_order(ana, relay, room, seed, limit):
    chance = random.Random(seed)
    seconds = list(range(30))
    chance.shuffle(seconds)
    for second in seconds:
        await add(relay, room, f"m{second:02}", spelled(second, chance.randrange(4)))
    shown: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await (await ana.get(f"{room}/messages", params={"limit": limit, **cursor})).json()
        shown += [message["id"] for message in answer["messages"]]
        if answer["nextCursor"] is None:
            break
        cursor = {"cursor": answer["nextCursor"]}
    assert shown == [f"m{second:02}" for second in range(30)]


BAD_ROWS: dict[str, dict[str, Any]] = {
    "createdAt": {"at": "soon"},
    "sender": {"sender": "ROBOT"},
    "message": {"message": b"\x00\x01"},
}


@pytest.mark.parametrize("column", BAD_ROWS)
async def test_a_row_that_cannot_be_read_costs_only_itself(ana, relay, room, caplog, column):
    await execute(relay, "PRAGMA ignore_check_constraints = ON")
    await add(relay, room, "good-1", spelled(1, 0))
    await add(relay, room, "bad\n", **{"at": spelled(2, 0), **BAD_ROWS[column]})
    await add(relay, room, "good-2", spelled(3, 0))
    assert [message["id"] for message in await ana.history(room)] == ["good-1", "good-2"]
    await relay.app[RELAY].database.read(log_rows_without_moment)
    line = (
        f"row bad\\n of AiChatRoomMessage cannot be read, so it is left out; correct its {column}"
    )
    assert caplog.messages.count(line) == 1


async def test_bytes_that_are_not_utf_8_are_shown_as_replacement_characters(ana, relay, room):
    await add(relay, room, "m", spelled(1, 0))
    await execute(relay, """UPDATE "AiChatRoomMessage" SET "message" = CAST(X'61FF62' AS TEXT)""")
    [message] = await ana.history(room)
    assert message["message"] == "a\ufffdb"


async def test_a_page_of_bad_rows_does_not_end_the_list(ana, relay, room):
    await execute(relay, "PRAGMA ignore_check_constraints = ON")
    for second in range(4):
        await add(relay, room, f"bad-{second}", spelled(second, 0), sender="ROBOT")
    await add(relay, room, "good", spelled(5, 0))
    first = await (await ana.get(f"{room}/messages", params={"limit": 2})).json()
    assert first["messages"] == []
    assert first["nextCursor"] is not None


async def test_rows_without_a_moment_are_logged_at_the_start_up_to_a_limit(
    ana, start_relay, relay, room, caplog
):
    for number in range(LOGGED_ROWS + 5):
        await add(relay, room, f"bad-{number}", "soon")
    assert await ana.history(room) == []
    assert "cannot be read" not in caplog.text
    await relay.close()
    again = await start_relay()
    while caplog.text.count("cannot be read") < LOGGED_ROWS:  # another thread looks for them
        await again.get("/healthz")
    await again.close()
    assert caplog.text.count("cannot be read") == LOGGED_ROWS


async def test_a_room_that_cannot_be_read_is_not_listed(ana, relay, room):
    broken = await ana.room()
    await execute(
        relay, """UPDATE "AiChatRoom" SET "createdAt" = 'soon' WHERE "id" = :id""", id=broken
    )
    answer = await (await ana.get("rooms")).json()
    assert [one["id"] for one in answer["rooms"]] == [room]


async def test_the_turn_of_the_newest_room_is_found_though_its_title_cannot_be_read(
    ai, ana, relay, room
):
    stream = await ana.ask(room)
    call = await ai.call()
    await execute(relay, """UPDATE "AiChatRoom" SET "title" = X'00'""")
    resumed = await ana.resume()
    await call.finish(END)
    assert kinds(await read(resumed)) == kinds(await stream.rest()) == ["message", "end"]


async def test_knowledge_that_cannot_be_read_is_left_out_of_the_sources(ana, relay, room):
    await add(relay, room, "m", spelled(1, 0), sender="AI")
    await execute(
        relay, """INSERT INTO "Knowledge" VALUES ('k', 'Title', X'00'), ('l', 'T', 'C')"""
    )
    await execute(
        relay,
        """INSERT INTO "AiChatRoomMessageKnowledge" VALUES ('1', 'm', 'k'), ('2', 'm', 'l')""",
    )
    [message] = await ana.history(room)
    assert [source["id"] for source in message["sources"]] == ["l"]


async def test_a_room_with_an_old_spelling_can_be_asked(ai, ana, relay, room):
    ai.script = END
    await add(relay, room, "old", spelled(1, 1))
    await (await ana.ask(room)).rest()
    assert len(await ana.history(room)) == 3
