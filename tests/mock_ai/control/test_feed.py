"""The live feed reports everything as it happens, over a WebSocket, and waits for no client."""

import asyncio
import base64
import json
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import ClientError, WSCloseCode, WSMsgType
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
    """Connect to the feed, and read its first message."""
    prefix = f"/run/{run}" if run else ""
    async with controlled.session.ws_connect(f"{prefix}/__mock/feed") as socket:
        assert await socket.receive_json() == {"type": "hello"}
        yield socket


async def test_feed_reports_the_request_every_write_and_the_end(controlled):
    async with listening(controlled) as socket:
        async with controlled.open("holds", BEFORE) as stream:
            await stream.steer("push", json={"steps": [{"raw": "more"}]})
            await stream.steer("release")
            await stream.raw.until(b"0\r\n\r\n")
        messages = [await socket.receive_json() for _ in range(8)]
    states = ["playing", "held", "playing"]
    assert [one["state"] for one in messages if one["type"] == "state"] == states
    messages = [one for one in messages if one["type"] != "state"]
    assert [one["type"] for one in messages] == ["began", "write", "write", "write", "ended"]
    assert messages[0]["entry"]["scenario"] == "holds"
    entry = await controlled.mock.entry()
    assert [base64.b64decode(one["base64"]) for one in messages[1:4]] == [
        w.data for w in entry.writes
    ]
    assert [one["index"] for one in messages[1:4]] == [0, 1, 2]
    assert [one["actual_ms"] for one in messages[1:4]] == [
        round(write.actual_ms, 3) for write in entry.writes
    ]
    assert (messages[4]["entry"]["ending"], messages[4]["entry"]["writes"]) == ("finished", 3)


async def test_feed_reports_a_pushed_write_and_the_end_of_the_decoding(controlled):
    text = "name: it\ntitle: It\nsteps: [{content: a}, {wait_ms: 0}, {content: b}]\n"
    text += "faults: [{bad_chunk: {after_events: 1}}]"
    await controlled.call("PUT", "/scenarios/it", data=text)
    async with listening(controlled) as socket:
        async with controlled.open("holds", BEFORE) as stream:
            await stream.steer("push", json={"steps": [{"raw": "more"}]})
            await stream.steer("release")
            await stream.raw.until(b"0\r\n\r\n")
        held = [await socket.receive_json() for _ in range(8)]
        with suppress(ClientError):
            await controlled.ask("it")
        broken = [await socket.receive_json() for _ in range(4)]
    pushed = [one["pushed"] for one in held if one["type"] == "write"]
    assert pushed == [False, True, False]
    problems = [one["problem"] for one in broken if one["type"] == "write"]
    assert "the size of a chunk" in problems[-1]


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/journal"), ("POST", "/reset")])
@pytest.mark.parametrize("run", ["", "a"])
async def test_feed_reports_that_entries_were_deleted(controlled, method, path, run):
    async with listening(controlled, run=run) as socket:
        await controlled.call(method, path, run=run)
        types = {(await socket.receive_json())["type"]}
        if method == "POST" and not run:  # a reset of the whole mock also changes the scenarios
            types.add((await socket.receive_json())["type"])
    assert "cleared" in types


@pytest.mark.parametrize("run", ["", "a"])
async def test_feed_needs_a_websocket(controlled, run):
    status, answer = await controlled.rejected("GET", "/feed", run=run)
    assert status == 400
    assert "wanted a WebSocket" in answer["error"]


async def test_number_of_feed_clients_is_limited(controlled, monkeypatch):
    monkeypatch.setattr(feeds, "MAX_CLIENTS", 1)
    async with listening(controlled), controlled.session.get("/__mock/feed") as reply:
        assert reply.status == 503


async def test_messages_of_a_client_are_ignored(controlled):
    async with listening(controlled) as socket:
        await socket.send_str("hello")
        await controlled.ask("one")
        assert (await socket.receive_json())["type"] == "began"


async def test_feed_reports_that_a_stream_is_held_paused_and_resumed(controlled):
    async with listening(controlled) as socket, controlled.open("holds", BEFORE) as stream:
        for what in ("pause", "resume"):
            await stream.steer(what)
        messages = [await socket.receive_json() for _ in range(6)][3:]
    shown = [(one["number"], one["state"], one["waits_for"]) for one in messages]
    held = "it is released"
    assert shown == [(1, "held", held), (1, "paused", held), (1, "held", held)]


async def test_write_has_the_events_that_it_completes_and_the_totals_so_far(controlled):
    text = "name: it\ntitle: It\nsteps: [{content: One}, {wait_ms: 0}, {content: Two}, end]"
    await controlled.call("PUT", "/scenarios/it", data=text)
    async with listening(controlled) as socket:
        await controlled.ask("it")
        messages = [await socket.receive_json() for _ in range(5)]
    writes = [one for one in messages if one["type"] == "write"]
    kinds = [[event["kind"] for event in one["events"]] for one in writes]
    assert kinds == [["content"], ["content", "end"]]
    assert [one["total_events"] for one in writes] == [1, 3]
    assert writes[1]["total_bytes"] == sum(one["size"] for one in writes)


async def test_client_that_connects_late_gets_the_later_writes(controlled):
    async with controlled.open("slow", b"1\r\na\r\n") as stream, listening(controlled) as socket:
        await stream.steer("step")
        message = await socket.receive_json()
    assert (message["type"], message["index"], message["text"]) == ("write", 1, "1\r\nb\r\n")


async def test_feed_of_a_run_reports_only_that_run(controlled):
    async with listening(controlled, run="a") as socket:
        await controlled.ask("one", run="b")
        await controlled.ask("one", run="a")
        assert (await socket.receive_json())["entry"]["run"] == "a"


async def test_feed_reports_that_scenarios_changed(controlled):
    async with listening(controlled, run="a") as socket:
        await controlled.call("DELETE", "/scenarios/two")
        assert await socket.receive_json() == {"type": "scenarios", "errors": []}


async def test_large_write_is_cut_but_has_its_full_size(controlled):
    text = f"name: it\ntitle: It\nsteps: [{{content: {{text: x, times: {feeds.SHOWN_BYTES}}}}}]"
    await controlled.call("PUT", "/scenarios/it", data=text)
    async with listening(controlled) as socket:
        await controlled.ask("it")
        message = [await socket.receive_json() for _ in range(3)][2]
    assert len(base64.b64decode(message["base64"])) == feeds.SHOWN_BYTES < message["size"]


async def test_feed_closes_when_the_mock_stops(controlled):
    async with listening(controlled) as socket:
        await controlled.mock.app.shutdown()
        closing = await socket.receive()
    assert (closing.type, closing.data) == (WSMsgType.CLOSE, WSCloseCode.GOING_AWAY)


async def test_feed_observes_the_mock_only_while_it_has_clients(controlled):
    state = controlled.mock.app[MOCK]
    feed, clients = Feed(state), [Subscriber(Scope(state).has), Subscriber(Scope(state).has)]
    for client in clients:
        feed._listen(client, WebSocketResponse())
    watched = state.runs.journal.watchers, state.registry.watchers, state.watchers
    assert [len(watchers) for watchers in watched] == [1, 1, 1]
    for client in clients:
        feed._leave(client)
    assert watched == ([], [], [])


def entry(run=""):
    """Build an entry of a run."""
    return JournalEntry(sample_context(), run=run)


class Socket:
    """A socket that records its messages, and is full until the test makes room."""

    def __init__(self):
        self.sent = []
        self.closed = None
        self.room = asyncio.Event()

    async def send_str(self, data):
        """Record a message, once there is room."""
        await self.room.wait()
        self.sent.append(json.loads(data))

    async def close(self, *, code, message):
        """Record the close."""
        self.closed = code, message


async def test_client_that_is_too_slow_is_informed_and_disconnected():
    client, socket = Subscriber(bool), Socket()
    sending = asyncio.create_task(feeds._send_all(client, socket))
    for _ in range(feeds.MAX_PENDING):
        client.send(FeedMessage("scenarios"))
    await asyncio.sleep(0)
    client.send(FeedMessage("scenarios"))
    client.send(FeedMessage("scenarios"))
    assert (client.lost, len(client.pending)) == (True, 0)
    client.send(FeedMessage("scenarios"))
    assert len(client.pending) == 0
    socket.room.set()
    await sending
    assert socket.sent == [{"type": "scenarios"}, {"type": "lost", "why": "too slow for the feed"}]
    assert socket.closed == (WSCloseCode.TRY_AGAIN_LATER, b"too slow")


class Gone(Socket):
    """A socket whose client has left."""

    async def send_str(self, data):
        """Fail."""
        raise ConnectionResetError


async def test_sending_ends_when_the_client_has_left():
    client, socket = Subscriber(bool), Gone()
    client.send(FeedMessage("scenarios"))
    await feeds._send_all(client, socket)
    assert socket.closed is None


async def test_client_of_a_run_gets_no_messages_of_other_runs():
    state = create_app(library())[MOCK]
    client = Subscriber(Scope(state, "a").has)
    for run in ("a", "b", ""):
        client.send(FeedMessage("ended", entry(run)))
    assert [message.entry.run for message in client.pending if message.entry] == ["a"]
