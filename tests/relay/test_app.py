"""What every answer has in common: JSON errors, headers, other origins, the description."""

from __future__ import annotations

import asyncio
import logging
import socket

import pytest

from streamproof.relay.app import load_openapi
from streamproof.relay.dependencies import Dependencies
from streamproof.relay.routes import RELAY
from tests.relay.conftest import User, bearer
from tests.relay.scripted_ai import END, content

ORIGIN = "http://localhost:5173"


@pytest.fixture
async def open_relay(start_relay):
    return await start_relay(allowed_origins=(ORIGIN,))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nope", 404),
        ("GET", "/api/chat/", 404),
        ("GET", "/api/chat/room/stop/more", 404),
        ("DELETE", "/api/chat/rooms", 405),
        ("PUT", "/api/chat/x/stream", 405),
        ("HEAD", "/api/chat/stream", 405),
        ("OPTIONS", "/api/chat/stream", 405),
    ],
)
async def test_errors_of_the_router_are_json(relay, method, path, status):
    answer = await relay.request(method, path)
    assert answer.status == status
    assert answer.content_type == "application/json"
    if status == 405:
        assert answer.headers["Allow"]
    if method != "HEAD":
        assert list(await answer.json()) == ["error"]


async def test_a_fault_of_our_own_tells_nothing(start_relay, caplog):
    def new_id():
        raise LookupError("secret")

    client = await start_relay(parts=Dependencies(new_id=new_id))
    answer = await User(client, "ana").post("rooms")
    assert (answer.status, await answer.json()) == (500, {"error": "Internal server error"})
    assert "secret" in caplog.text


async def test_a_body_that_does_not_come_is_not_waited_for(start_relay):
    client = await start_relay(form_seconds=0.01)

    async def never():
        yield b"message="
        await asyncio.Event().wait()

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await User(client, "ana").post("x/stream", data=never(), headers=headers)
    assert (answer.status, await answer.json()) == (408, {"error": "Request took too long"})


@pytest.mark.parametrize("path", ["/healthz", "/api/chat/rooms", "/nope"])
async def test_json_is_not_sniffed_framed_or_cached(relay, path):
    headers = (await relay.get(path)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/api/chat/rooms", "/api/chat/stream", "/nope"])
async def test_an_allowed_origin_may_read_every_answer(open_relay, path):
    answer = await open_relay.get(path, headers={"Origin": ORIGIN})
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert answer.headers["Vary"] == "Origin"


async def test_an_allowed_origin_may_read_a_stream(ai, open_relay):
    ana = User(open_relay, "ana")
    ai.script = END
    headers = {"Origin": ORIGIN}
    answer = await ana.post(f"{await ana.room()}/stream", data={"message": "?"}, headers=headers)
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    await answer.read()


@pytest.mark.parametrize(
    "origin",
    ["http://localhost:5174", "https://localhost:5173", "null", "*", ORIGIN + ".evil.example"],
)
async def test_another_origin_may_read_nothing(open_relay, origin):
    answer = await open_relay.get("/healthz", headers={"Origin": origin})
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["Vary"] == "Origin"


async def test_a_preflight_is_answered_without_a_token(open_relay):
    headers = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,last-event-id",
    }
    answer = await open_relay.options("/api/chat/x/stream", headers=headers)
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    assert "Last-Event-ID" in answer.headers["Access-Control-Allow-Headers"]


async def test_a_page_of_an_allowed_origin_may_post_with_a_cookie(open_relay):
    token = bearer("ana")["Authorization"].removeprefix("Bearer ")
    headers = {"Cookie": f"streamproof_token={token}", "Origin": ORIGIN}
    assert (await open_relay.post("/api/chat/rooms", headers=headers)).status == 201


async def test_the_relay_describes_itself(relay):
    answer = await relay.get("/openapi.json")
    assert answer.status == 200
    assert await answer.json() == load_openapi()


async def test_every_route_is_described_and_nothing_else(relay):
    routes = {
        (route.method, route.resource.canonical)
        for route in relay.app.router.routes()
        if route.resource
    }
    described = {
        (method.upper(), path)
        for path, item in load_openapi()["paths"].items()
        for method in item
        if method in {"get", "post"}
    }
    assert routes == described


class Said(logging.Handler):
    """Waits for a word in the log."""

    def __init__(self, word):
        super().__init__()
        self._word = word
        self._event = asyncio.Event()

    def emit(self, record):
        """See a record."""
        if self._word in record.getMessage():
            self._event.set()

    async def __aenter__(self):
        logging.getLogger("streamproof.relay.routes").addHandler(self)
        return self

    async def __aexit__(self, *_exc_info):
        await self._event.wait()
        logging.getLogger("streamproof.relay.routes").removeHandler(self)


async def test_a_browser_that_takes_nothing_is_dropped_and_the_turn_goes_on(
    ai, start_relay, caplog
):
    caplog.set_level(logging.INFO)
    client = await start_relay(write_stall_seconds=0.01, max_answer_bytes=64_000_000)
    ana = User(client, "ana")
    room = await ana.room()
    with socket.socket() as reader:
        _ask_on(reader, client, room, ana.headers["Authorization"])
        call = await ai.call()
        async with Said("a browser is dropped"):
            for _ in range(20):
                await call.send(content("x" * 500_000))
        await call.finish(END)
        turn_id = (await ana.history(room))[0]["turn"]["id"]
        last = [lot[-1] async for lot in client.app[RELAY].log.follow(turn_id, 0, 60.0)][-1]
        assert last.event == "end"
        received = await asyncio.to_thread(reader.makefile("rb").read)
    assert b"event: message" in received
    assert b"event: end" not in received
    assert not received.endswith(b"0\r\n\r\n")


def _ask_on(reader, client, room, token):
    """Ask on a socket that will not be read."""
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.connect(("127.0.0.1", client.port))
    body = b"message=Hello"
    head = (
        f"POST /api/chat/{room}/stream HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nAuthorization: {token}\r\n\r\n"
    )
    reader.sendall(head.encode() + body)
