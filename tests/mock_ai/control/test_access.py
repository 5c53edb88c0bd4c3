"""The control API answers only under allowed names, and changes nothing for foreign pages."""

import pytest
from aiohttp import ClientSession

from streamproof.mock_ai.control.access import Access
from streamproof.mock_ai.errors import AccessDenied
from tests.mock_ai.mock_fixture import mock, scenario

LOCAL = {"Host": "127.0.0.1:8787"}


@pytest.mark.parametrize(
    "host",
    ["localhost", "LocalHost:80", "127.0.0.1:8787", "127.8.0.1", "[::1]:8787", "[::1]", "mock:87"],
)
def test_local_or_given_host_is_allowed(host):
    Access(frozenset({"mock"})).check("POST", {"Host": host})


@pytest.mark.parametrize(
    "host",
    ["", "example.com", "localhost.example.com", "192.168.0.1:8787", "a@localhost", "localhost:x"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_foreign_host_is_rejected(method, host):
    with pytest.raises(AccessDenied, match="--allow-host"):
        Access().check(method, {"Host": host})


@pytest.mark.parametrize(
    "origin", ["http://localhost:5173", "https://127.0.0.1", "http://[::1]:80", "http://mock:8787"]
)
def test_page_of_this_machine_may_make_changes(origin):
    Access(frozenset({"mock"})).check("PUT", {**LOCAL, "Origin": origin})


@pytest.mark.parametrize(
    "origin",
    ["null", "", "http://example.com", "file://localhost", "http://[", "http://localhost@e.com"],
)
def test_foreign_page_may_not_make_changes(origin):
    for method in ("PUT", "POST", "DELETE"):
        with pytest.raises(AccessDenied, match="may not control"):
            Access().check(method, {**LOCAL, "Origin": origin})
    with pytest.raises(AccessDenied):
        Access().check("GET", {**LOCAL, "Origin": origin}, live=True)
    Access().check("GET", {**LOCAL, "Origin": origin})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/scenarios/one"),
        ("DELETE", "/scenarios/one"),
        ("PUT", "/active"),
        ("POST", "/queue"),
        ("PUT", "/clock"),
        ("POST", "/reset"),
        ("DELETE", "/journal"),
        ("POST", "/streams/1/drop"),
        ("GET", "/feed"),
    ],
)
@pytest.mark.parametrize("run", ["", "a"])
async def test_every_route_that_changes_something_rejects_foreign_pages(
    controlled, method, path, run
):
    origin = {"Origin": "http://example.com"}
    status, _ = await controlled.rejected(method, path, run=run, headers=origin)
    assert status == 403


async def test_every_route_rejects_a_foreign_host(controlled):
    for path in ("/journal", "/scenarios", "/openapi.json", "/feed"):
        status, body = await controlled.rejected("GET", path, headers={"Host": "evil.example"})
        assert status == 403
        assert "evil.example" in body["error"]


async def test_preflight_allows_every_method_to_pages_of_this_machine(controlled):
    asks = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "DELETE"}
    async with controlled.session.options("/__mock/queue", headers=asks) as reply:
        assert reply.status == 204
        assert "DELETE" in reply.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize(
    ("allowed", "origin", "status"),
    [
        ("tauri://localhost", "tauri://localhost", 204),
        ("http://192.168.1.20:3000", "http://192.168.1.20:3000", 204),
        ("http://192.168.1.20:3000", "http://192.168.1.20:3001", 403),
        ("*", "http://192.168.1.20:3000", 403),
        ("http://192.168.1.*", "http://192.168.1.20:3000", 403),
        ("null", "null", 403),
    ],
)
async def test_only_a_page_whose_origin_is_named_in_full_controls_the_mock(allowed, origin, status):
    text = scenario("steps: [end]")
    async with mock(text, origins=[allowed]) as served, ClientSession(served.url) as client:
        reply = await client.post("/__mock/reset", headers={"Origin": origin})
        assert reply.status == status
