"""A push is worded in the dialect of its stream, after what the stream has sent already."""

import json
from contextlib import asynccontextmanager

import pytest

from streamproof.contracts.contract import AI_SERVICE, DIALECTS
from streamproof.harness.verify.dialects import REQUESTS
from tests.mock_ai.mock_fixture import scenario

HELD = "steps: [{content: [Hel, lo]}, {hold: until-released}, {content: ' you'}, end]"
ARRAY = "/v1beta/models/m:streamGenerateContent"


@asynccontextmanager
async def held(controlled, path, keys=HELD, fields=None):
    """Have a scenario played that is held, and yield the path that steers it, and the reply."""
    await controlled.call("PUT", "/scenarios/it", data=scenario(keys))
    async with controlled.session.post(f"/s/it{path}", json=fields or {"stream": True}) as reply:
        assert reply.status == 200
        [*_, entry] = controlled.mock.journal
        await controlled.mock.journal.wait_for(lambda _: entry.waits_for)
        yield f"/streams/{entry.number}", reply


async def events_after(controlled, path, *pushes, keys=HELD, fields=None):
    """Push steps during the hold, and return the data of all events, and the body."""
    async with held(controlled, path, keys, fields) as (stream, reply):
        for steps in pushes:
            await controlled.call("POST", f"{stream}/push", json={"steps": steps})
        await controlled.call("POST", f"{stream}/release")
        body = await reply.read()
    [*_, entry] = controlled.mock.journal
    return [event.data for event in entry.events], body


def path_of(dialect):
    """Return the path at which clients ask in a dialect."""
    return REQUESTS[dialect].address("", "m") or "/agent"


@pytest.mark.parametrize("dialect", [AI_SERVICE, *DIALECTS])
async def test_pushed_content_is_in_the_words_of_its_stream(controlled, dialect):
    path, fields = path_of(dialect), REQUESTS[dialect].body("hi", "m")
    plain, _ = await events_after(controlled, path, fields=fields)
    events, _ = await events_after(controlled, path, [{"content": " you"}], fields=fields)
    [at] = [n for n, data in enumerate(plain) if " you" in data and _is_piece(data)]
    assert json.loads(events[at]) == json.loads(plain[at])
    assert events[:at] + events[at + 1 :] == plain


def _is_piece(data):
    """Tell whether an event is a piece, and not the whole text again."""
    return "Hello" not in data


async def test_pushed_items_keep_the_array(controlled):
    pushes = [{"content": "A"}], [{"content": "B"}, {"json": {"c": 1}}]
    _, body = await events_after(controlled, ARRAY, *pushes)
    texts = [
        item.get("c") or item["candidates"][0].get("finishReason") or _text_of(item)
        for item in json.loads(body)
    ]
    assert texts == ["Hel", "lo", "A", "B", 1, " you", "STOP"]


def _text_of(item):
    return "".join(part["text"] for part in item["candidates"][0]["content"]["parts"])


async def test_a_pushed_tool_call_gets_the_next_block(controlled):
    call = {"tool_call": {"name": "f", "arguments": {"a": 1}}}
    events, _ = await events_after(controlled, "/v1/messages", [call])
    read = [json.loads(event) for event in events]
    kinds = [(one["type"], one.get("index")) for one in read]
    first = kinds.index(("content_block_stop", 0))
    assert kinds[first : first + 4] == [
        ("content_block_stop", 0),
        ("content_block_start", 1),
        ("content_block_delta", 1),
        ("content_block_stop", 1),
    ]


async def test_a_pushed_error_ends_the_stream_in_the_words_of_its_provider(controlled):
    pushed = [{"error": {"status": 529, "message": "Busy"}}]
    events, body = await events_after(controlled, "/v1/messages", pushed)
    assert ["overloaded_error" in event for event in events[-6:-4]] == [False, True]
    assert b"event: error" in body


async def test_the_dialect_of_the_scenario_counts(controlled):
    keys = f"dialect: ollama\n{HELD}"
    events, _ = await events_after(controlled, "/anything", [{"content": "x"}], keys=keys)
    assert json.loads(events[2])["message"]["content"] == "x"


async def test_a_push_into_verbatim_bytes_is_in_the_words_of_the_request(controlled):
    keys = 'steps: [{raw: "data: {}\\n\\n"}, {hold: until-released}]'
    events, _ = await events_after(
        controlled, "/v1/chat/completions", [{"content": "x"}], keys=keys
    )
    assert json.loads(events[-1])["choices"][0]["delta"]["content"] == "x"


@pytest.mark.parametrize(
    ("path", "keys", "fields", "why"),
    [
        pytest.param(
            "/v1/chat/completions",
            f"{HELD}\nfaults: [stall: {{after_bytes: 5}}]",
            {"stream": False},
            "the reply is one JSON body",
            id="body",
        ),
        pytest.param(
            "/x",
            "headers: {Content-Type: application/octet-stream}\n"
            "steps: [{raw: a}, {hold: until-released}]",
            {},
            "the events of this reply are binary",
            id="binary",
        ),
        pytest.param(
            "/api/chat",
            f"{HELD}\nfaults: [stall: {{after_bytes: 5}}]",
            {"stream": True},
            "no boundary between two complete events",
            id="line",
        ),
        pytest.param(
            ARRAY,
            f"{HELD}\nfaults: [stall: {{after_bytes: 1}}]",
            {},
            "no boundary between two complete events",
            id="array",
        ),
    ],
)
async def test_a_push_without_a_place_says_why(controlled, path, keys, fields, why):
    async with held(controlled, path, keys, fields) as (stream, _):
        status, body = await controlled.rejected(
            "POST", f"{stream}/push", json={"steps": [{"content": "x"}]}
        )
        assert (status, why in body["error"]) == (409, True), body


async def test_a_push_waits_until_an_item_is_complete(controlled):
    keys = f"{HELD}\nfaults: [split: {{at: [9], gap_ms: 3600000}}]"
    await controlled.call("PUT", "/scenarios/it", data=scenario(keys))
    async with controlled.session.post(f"/s/it{ARRAY}", json={}) as reply:
        begun = await reply.content.readexactly(9)
        [entry] = controlled.mock.journal
        stream = f"/streams/{entry.number}"
        await controlled.call("POST", f"{stream}/push", json={"steps": [{"content": "x"}]})
        await controlled.call("POST", f"{stream}/step")
        await controlled.mock.journal.wait_for(lambda _: entry.waits_for)
        await controlled.call("POST", f"{stream}/release")
        items = json.loads(begun + await reply.read())
    assert [_text_of(item) for item in items[:3]] == ["Hel", "lo", "x"]


async def test_a_push_is_worded_after_the_scenario_that_is_played(controlled):
    path, fields = path_of("anthropic"), REQUESTS["anthropic"].body("hi", "m")
    async with held(controlled, path, fields=fields) as (stream, reply):
        await controlled.call("PUT", "/scenarios/it", data=scenario("steps: [{raw: other}]"))
        await controlled.call("POST", f"{stream}/push", json={"steps": [{"content": "x"}]})
        await controlled.call("POST", f"{stream}/release")
        await reply.read()
    [*_, entry] = controlled.mock.journal
    kinds = [json.loads(event.data)["type"] for event in entry.events]
    assert [kinds.count(kind) for kind in ("message_start", "content_block_start")] == [1, 1]


async def test_a_push_goes_into_a_long_stream_that_moves(controlled):
    sent, more = "repeat: {times: 2000, steps: [{content: sent}]}", "{content: more}, {wait_ms: 2}"
    keys = f"steps: [{sent}, repeat: {{times: 2000, steps: [{more}]}}, end]"
    await controlled.call("PUT", "/scenarios/it", data=scenario(keys))
    async with controlled.session.post("/s/it/v1/chat/completions", json={"stream": True}) as reply:
        await reply.content.readuntil(b"more")
        [*_, entry] = controlled.mock.journal
        stream = f"/streams/{entry.number}"
        await controlled.call("POST", f"{stream}/push", json={"steps": [{"content": "PUSHED"}]})
        await reply.content.readuntil(b"PUSHED")
        await controlled.call("POST", f"{stream}/drop", json={"by": "fin"})
    assert len(entry.events) < 3900
