"""The live feed tells everything as it happens, over a WebSocket, and waits for nobody."""

import asyncio
import base64
import json
from contextlib import asynccontextmanager

import pytest
from aiohttp import WSCloseCode, WSMsgType
from aiohttp.web import WebSocketResponse

from streamproof.mock_ai.app import MOCK, create_app
from streamproof.mock_ai.control import feed as feeds
from streamproof.mock_ai.control.feed import Feed, FeedMessage, Subscriber
from streamproof.mock_ai.control.scope import Scope
from streamproof.mock_ai.journal.journal import JournalEntry
from tests.mock_ai.mock_fixture import library
from tests.mock_ai.sample_requests import sample_context

BEFORE = b"8\r\nbefore\n\n\r\n"


@asynccontextmanager
async def listening(controlled, run=""):
    """Listen to the feed, from after the greeting."""
    prefix = f"/run/{run}" if run else ""
    async with controlled.session.ws_connect(f"{prefix}/__mock/feed") as socket:
        assert await socket.receive_json() == {"type": "hello"}
        yield socket


async def test_feed_tells_of_the_request_every_write_and_the_end(controlled):
    async with listening(controlled) as socket:
        async with controlled.open("holds", BEFORE) as stream:
            await stream.tell("push", json={"steps": [{"raw": "more"}]})
            await stream.tell("release")
            await stream.raw.until(b"0\r\n\r\n")
        told = [await socket.receive_json() for _ in range(8)]
    states = ["playing", "held", "playing"]
    assert [one["state"] for one in told if one["type"] == "state"] == states
    told = [one for one in told if one["type"] != "state"]
    assert [one["type"] for one in told] == ["began", "write", "write", "write", "ended"]
    assert told[0]["entry"]["scenario"] == "holds"
    entry = await controlled.mock.entry()
    assert [base64.b64decode(one["base64"]) for one in told[1:4]] == [w.data for w in entry.writes]
    assert [one["index"] for one in told[1:4]] == [0, 1, 2]
    assert [one["actual_ms"] for one in told[1:4]] == [
        round(write.actual_ms, 3) for write in entry.writes
    ]
    assert (told[4]["entry"]["ending"], told[4]["entry"]["writes"]) == ("finished", 3)


@pytest.mark.parametrize("run", ["", "a"])
async def test_feed_asked_for_without_a_websocket_says_what_to_ask_for(controlled, run):
    status, said = await controlled.refusal("GET", "/feed", run=run)
    assert status == 400
    assert "wanted a WebSocket" in said["error"]


async def test_feed_tells_that_a_stream_is_held_paused_and_resumed(controlled):
    async with listening(controlled) as socket, controlled.open("holds", BEFORE) as stream:
        for what in ("pause", "resume"):
            await stream.tell(what)
        told = [await socket.receive_json() for _ in range(6)][3:]
    shown = [(one["number"], one["state"], one["waits_for"]) for one in told]
    held = "it is released"
    assert shown == [(1, "held", held), (1, "paused", held), (1, "held", held)]


async def test_write_has_the_events_that_it_completes_and_the_totals_so_far(controlled):
    text = "name: it\ntitle: It\nsteps: [{content: One}, {wait_ms: 0}, {content: Two}, end]"
    await controlled.call("PUT", "/scenarios/it", data=text)
    async with listening(controlled) as socket:
        await controlled.ask("it")
        told = [await socket.receive_json() for _ in range(5)]
    writes = [one for one in told if one["type"] == "write"]
    kinds = [[event["kind"] for event in one["events"]] for one in writes]
    assert kinds == [["content"], ["content", "end"]]
    assert [one["total_events"] for one in writes] == [1, 3]
    assert writes[1]["total_bytes"] == sum(one["size"] for one in writes)


async def test_listener_that_comes_late_is_told_the_rest(controlled):
    async with controlled.open("slow", b"1\r\na\r\n") as stream, listening(controlled) as socket:
        await stream.tell("step")
        told = await socket.receive_json()
    assert (told["type"], told["index"], told["text"]) == ("write", 1, "1\r\nb\r\n")


async def test_feed_of_a_run_tells_of_that_run_only(controlled):
    async with listening(controlled, run="a") as socket:
        await controlled.ask("one", run="b")
        await controlled.ask("one", run="a")
        assert (await socket.receive_json())["entry"]["run"] == "a"


async def test_feed_tells_that_scenarios_changed(controlled):
    async with listening(controlled, run="a") as socket:
        await controlled.call("DELETE", "/scenarios/two")
        assert await socket.receive_json() == {"type": "scenarios"}


async def test_large_write_is_cut_with_its_size(controlled):
    text = f"name: it\ntitle: It\nsteps: [{{content: {{text: x, times: {feeds.SHOWN_BYTES}}}}}]"
    await controlled.call("PUT", "/scenarios/it", data=text)
    async with listening(controlled) as socket:
        await controlled.ask("it")
        told = [await socket.receive_json() for _ in range(3)][2]
    assert len(base64.b64decode(told["base64"])) == feeds.SHOWN_BYTES < told["size"]


async def test_feed_says_goodbye_when_the_mock_stops(controlled):
    async with listening(controlled) as socket:
        await controlled.mock.app.shutdown()
        closing = await socket.receive()
    assert (closing.type, closing.data) == (WSMsgType.CLOSE, WSCloseCode.GOING_AWAY)


async def test_nothing_is_watched_while_nobody_listens(controlled):
    state = controlled.mock.app[MOCK]
    feed, clients = Feed(state), [Subscriber(Scope(state).has), Subscriber(Scope(state).has)]
    for client in clients:
        feed._listen(client, WebSocketResponse())
    assert (len(state.runs.journal.watchers), len(state.registry.watchers)) == (1, 1)
    for client in clients:
        feed._leave(client)
    assert (state.runs.journal.watchers, state.registry.watchers) == ([], [])


def entry(run=""):
    """Build an entry of a run."""
    return JournalEntry(sample_context(), run=run)


class Socket:
    """A socket that keeps what it is sent, and takes nothing until it may."""

    def __init__(self):
        self.sent = []
        self.closed = None
        self.room = asyncio.Event()

    async def send_str(self, data):
        """Keep a message, once there is room."""
        await self.room.wait()
        self.sent.append(json.loads(data))

    async def close(self, *, code, message):
        """Note the end."""
        self.closed = code, message


async def test_client_that_falls_behind_is_told_and_dropped():
    client, socket = Subscriber(bool), Socket()
    sending = asyncio.create_task(feeds._send_all(client, socket))
    for _ in range(feeds.MAX_PENDING):
        client.tell(FeedMessage("scenarios"))
    await asyncio.sleep(0)
    client.tell(FeedMessage("scenarios"))
    client.tell(FeedMessage("scenarios"))
    assert (client.lost, len(client.pending)) == (True, 0)
    client.tell(FeedMessage("scenarios"))
    assert len(client.pending) == 0
    socket.room.set()
    await sending
    assert socket.sent == [{"type": "scenarios"}, {"type": "lost", "why": "too slow for the feed"}]
    assert socket.closed == (WSCloseCode.TRY_AGAIN_LATER, b"too slow")


async def test_client_is_not_told_of_other_runs():
    state = create_app(library())[MOCK]
    client = Subscriber(Scope(state, "a").has)
    for run in ("a", "b", ""):
        client.tell(FeedMessage("ended", entry(run)))
    assert [news.entry.run for news in client.pending if news.entry] == ["a"]
