"""The journal over the control API: requests by run, their bytes and times, and waiting."""

import asyncio
import base64

import pytest


async def numbers(controlled, query="", run=""):
    """Return the numbers of the listed entries."""
    answer = await controlled.call("GET", f"/journal{query}", run=run)
    return [entry["number"] for entry in answer["entries"]]


async def test_run_has_its_own_requests_and_the_mock_has_all(controlled):
    await controlled.ask("one")
    await controlled.ask("one", run="a")
    await controlled.ask("one", question="hi [run:b]")
    assert await numbers(controlled) == [1, 2, 3]
    assert await numbers(controlled, run="a") == [2]
    assert await numbers(controlled, run="b") == [3]
    assert (await controlled.rejected("GET", "/journal/1", run="a"))[0] == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?scenario=two", [2]),
        ("?question=weather", [3]),
        ("?after=1", [2, 3]),
        ("?ended=true", [1, 2, 3]),
        ("?ended=false", []),
        ("?held=false", [1, 2, 3]),
        ("?held=true", []),
        ("?scenario=one&question=hi", [1]),
    ],
)
async def test_entries_are_filtered_by_the_query(controlled, query, found):
    await controlled.ask("one")
    await controlled.ask("two")
    await controlled.ask("one", question="the weather?")
    assert await numbers(controlled, query) == found


async def test_entry_has_every_byte_and_both_times(controlled):
    await controlled.ask("two", question="hé")
    entry = await controlled.call("GET", "/journal/1")
    assert (entry["scenario"], entry["attempt"], entry["question"]) == ("two", 1, "hé")
    assert (entry["ending"], entry["scripted"]) == ("finished", True)
    assert base64.b64decode(entry["body"]["base64"]) == b'{"question": "h\\u00e9"}'
    assert ["Content-Type", "application/json"] in entry["headers"]
    [write] = entry["sent"]
    assert write["text"].startswith("HTTP/1.1 200 OK\r\n")
    assert write["text"].endswith("3\r\ntwo\r\n0\r\n\r\n")
    assert base64.b64decode(write["base64"]).decode() == write["text"]
    assert write["planned_ms"] == 0 <= write["actual_ms"] <= entry["ended_ms"]


def times(value):
    """Yield every time in an answer of the control API."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(item, dict | list):
            yield from times(item)
        elif isinstance(item, float) and str(key).endswith("_ms"):
            yield item


async def test_times_have_at_most_three_decimals(controlled):
    await controlled.call("PUT", "/clock", json={"speed": 3000})
    async with controlled.session.get("/s/slow/chat/stream?question=hi") as reply:
        await reply.read()
    for path in ("/journal/1", "/journal/1/timeline", "/overview", "/export"):
        found = [*times(await controlled.call("GET", path))]
        assert found, path
        assert found == [round(time, 3) for time in found], path


async def test_bytes_that_are_not_text_are_exact_in_base64(controlled):
    text = "name: it\ntitle: It\nsteps: [{raw_hex: 'ff00'}]\n"
    await controlled.call("PUT", "/scenarios/it", data=text)
    async with controlled.session.get("/s/it/chat/stream?question=hi") as reply:
        await reply.read()
    [write] = (await controlled.call("GET", "/journal/1"))["sent"]
    assert b"2\r\n\xff\0\r\n" in base64.b64decode(write["base64"])
    assert "2\r\n\ufffd\0\r\n" in write["text"]


async def test_export_has_every_entry_with_all_bytes(controlled):
    await controlled.ask("one")
    await controlled.ask("two", run="a")
    entries = (await controlled.call("GET", "/export"))["entries"]
    assert entries == [await controlled.call("GET", f"/journal/{n}") for n in (1, 2)]


async def test_wait_returns_as_soon_as_there_are_enough_entries(controlled):
    query = "/wait?count=2&scenario=two&ended=true&timeout_ms=60000"
    waiting = asyncio.ensure_future(controlled.call("GET", query))
    for name in ("two", "one", "two"):
        await controlled.ask(name)
    answer = await waiting
    assert answer["reached"] is True
    assert [entry["number"] for entry in answer["entries"]] == [1, 3]


async def test_wait_for_a_hold_returns_when_it_begins(controlled):
    waiting = asyncio.ensure_future(controlled.call("GET", "/wait?held=true&timeout_ms=60000"))
    async with controlled.session.get("/s/holds/chat/stream?question=hi") as reply:
        answer = await waiting
        assert [entry["number"] for entry in answer["entries"]] == [1]
        await controlled.call("POST", "/streams/1/release")
        assert await reply.text() == "before\n\nafter"
    assert (await controlled.call("GET", "/journal?held=true"))["entries"] == []


async def test_wait_returns_the_found_entries_at_the_timeout(controlled):
    await controlled.ask("two")
    answer = await controlled.call("GET", "/wait?count=2&timeout_ms=1")
    assert (answer["reached"], len(answer["entries"])) == (False, 1)


async def test_wait_in_a_run_ignores_other_runs(controlled):
    await controlled.ask("one", run="b")
    answer = await controlled.call("GET", "/wait?timeout_ms=1", run="a")
    assert answer == {"reached": False, "entries": []}


async def test_clearing_the_journal_of_a_run_does_not_change_other_runs(controlled):
    for run in ("a", "b"):
        await controlled.ask("one", run=run)
    await controlled.call("DELETE", "/journal", run="a")
    assert await numbers(controlled) == [2]
    await controlled.call("DELETE", "/journal")
    assert await numbers(controlled, run="b") == []


@pytest.mark.parametrize(
    "path",
    [
        "/journal?ended=perhaps",
        "/wait?held=now",
        "/journal?after=-1",
        "/wait?count=0",
        "/wait?count=1e3",
        "/wait?timeout_ms=60001",
        "/wait?timeout_ms=٣",
    ],
)
async def test_invalid_query_is_rejected(controlled, path):
    assert (await controlled.rejected("GET", path))[0] == 400
