"""The rules of all responses: JSON errors, headers, other origins, the OpenAPI description."""

from __future__ import annotations

import asyncio

import pytest

from streamproof.relay.app import load_openapi
from streamproof.relay.dependencies import Dependencies
from tests.relay.conftest import Clock, User, bearer, error_of, stored
from tests.relay.scripted_ai import END

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
        assert await error_of(answer)


@pytest.mark.security(20)
async def test_an_internal_error_has_no_details(start_relay, caplog):
    def new_id():
        raise LookupError("secret")

    client = await start_relay(dependencies=Dependencies(new_id=new_id))
    answer = await User(client, "ana").post("rooms")
    assert (answer.status, await error_of(answer)) == (500, "Internal server error")
    assert "secret" in caplog.text


async def test_a_body_that_does_not_arrive_gets_408(start_relay):
    client = await start_relay(form_seconds=0.01)

    async def never():
        yield b"message="
        await asyncio.Event().wait()

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await User(client, "ana").post("x/stream", data=never(), headers=headers)
    assert (answer.status, await error_of(answer)) == (408, "Request took too long")


@pytest.mark.security(23)
@pytest.mark.parametrize("path", ["/healthz", "/api/chat/rooms", "/nope"])
async def test_json_responses_have_the_security_headers(relay, path):
    headers = (await relay.get(path)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/api/chat/rooms", "/api/chat/stream", "/nope"])
async def test_an_allowed_origin_can_read_every_response(open_relay, path):
    answer = await open_relay.get(path, headers={"Origin": ORIGIN})
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert answer.headers["Vary"] == "Origin"


async def test_an_allowed_origin_can_read_a_stream(ai, open_relay):
    ana = User(open_relay, "ana")
    ai.script = END
    headers = {"Origin": ORIGIN}
    answer = await ana.post(f"{await ana.room()}/stream", data={"message": "?"}, headers=headers)
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    await answer.read()


@pytest.mark.security(8)
@pytest.mark.parametrize(
    "origin",
    ["http://localhost:5174", "https://localhost:5173", "null", "*", ORIGIN + ".evil.example"],
)
async def test_another_origin_can_read_nothing(open_relay, origin):
    answer = await open_relay.get("/healthz", headers={"Origin": origin})
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["Vary"] == "Origin"


async def test_a_preflight_needs_no_token(open_relay):
    headers = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,last-event-id",
    }
    answer = await open_relay.options("/api/chat/x/stream", headers=headers)
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization,last-event-id"


@pytest.mark.parametrize("asked", ["traceparent", "x-requested-with,idempotency-key"])
async def test_a_page_of_an_allowed_origin_may_send_any_header(open_relay, asked):
    headers = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": asked,
        "Access-Control-Request-Private-Network": "true",
    }
    for origin, allowed in ((ORIGIN, True), ("https://other.example", False)):
        answer = await open_relay.options("/healthz", headers={**headers, "Origin": origin})
        assert (answer.headers["Access-Control-Allow-Headers"] == asked) is allowed
        assert ("Access-Control-Allow-Private-Network" in answer.headers) is allowed
        assert ("Access-Control-Allow-Origin" in answer.headers) is allowed


async def test_a_page_of_an_allowed_origin_can_post_with_a_cookie(open_relay):
    token = bearer("ana")["Authorization"].removeprefix("Bearer ")
    headers = {"Cookie": f"streamproof_token={token}", "Origin": ORIGIN}
    assert (await open_relay.post("/api/chat/rooms", headers=headers)).status == 201


async def test_the_relay_serves_its_openapi_description(relay):
    answer = await relay.get("/openapi.json")
    assert answer.status == 200
    assert await answer.json() == load_openapi()


async def test_the_description_has_exactly_the_routes(relay):
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


@pytest.mark.parametrize("path", ["/healthz", "/api/chat/rooms", "/nope"])
async def test_every_response_has_the_id_of_its_request(relay, path):
    ids = [(await relay.get(path)).headers["X-Request-ID"] for _ in range(2)]
    assert len({*ids}) == 2
    given = {"X-Request-ID": "proxy-1.a_B"}
    assert (await relay.get(path, headers=given)).headers["X-Request-ID"] == "proxy-1.a_B"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "é", '"<script>'])
async def test_an_id_of_another_form_is_replaced(relay, given):
    answer = await relay.get("/nope", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] not in {given, ""}
    assert await error_of(answer) == "Not an endpoint of the relay; GET /openapi.json lists them"


async def test_a_wrong_method_gets_the_right_one(relay):
    answer = await relay.get("/api/chat/demo/stream")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert await error_of(answer) == "Wanted POST, got GET"


async def test_a_stream_has_the_id_of_its_request(ai, relay):
    ana = User(relay, "ana")
    ai.script = END
    headers = {"X-Request-ID": "page-1"}
    answer = await ana.post(
        f"{await ana.room()}/stream", data={"message": "Hello?"}, headers=headers
    )
    assert answer.headers["X-Request-ID"] == "page-1"
    await answer.read()


async def test_a_readiness_check_writes_its_one_row(start_relay):
    clock = Clock()
    client = await start_relay(dependencies=Dependencies(now=clock))
    for year in (2026, 2027):
        clock.now = clock.now.replace(year=year)
        assert (await client.get("/readyz")).status == 200
        [row] = await stored(client, "SELECT checked_at FROM relay_readiness")
        assert row.checked_at.startswith(f"{year}-01-02")
