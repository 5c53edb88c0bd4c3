"""Pages of other origins: what they may read, what they may send, and scripted preflights."""

from io import BytesIO

import pytest
from aiohttp import ClientSession

from streamproof.mock_ai.app import create_app, serving
from tests.mock_ai.mock_fixture import library, mock, scenario

PATH = "/chat/stream?question=hi&scenario=it"
STREAM = scenario("steps: [{raw: x}]")
PAGE = "http://192.168.1.20:3000"
ASKS = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "traceparent,x-requested-with,idempotency-key",
}
REFUSING = scenario(
    "when: {method: OPTIONS, path: /chat/stream}\nstatus: 403\nsteps: []", name="refused"
)


@pytest.mark.parametrize("origin", [PAGE, "tauri://localhost", "null"])
@pytest.mark.parametrize("plain", [False, True], ids=["fast path", "aiohttp"])
async def test_page_of_an_allowed_origin_may_read(origin, plain):
    app = create_app(library(STREAM), origins=[origin])
    async with serving(app, plain=plain) as url, ClientSession(url) as client:
        for path in (PATH, "/healthz", "/chat/stream"):
            async with client.get(path, headers={"Origin": origin}) as reply:
                assert reply.headers["Access-Control-Allow-Origin"] == origin
                assert reply.headers["Vary"] == "Origin"
            async with client.get(path, headers={"Origin": "https://other.example"}) as reply:
                assert "Access-Control-Allow-Origin" not in reply.headers


@pytest.mark.parametrize("path", ["/chat/stream", "/s/it/v1/messages", "/__mock/active"])
@pytest.mark.parametrize(("origins", "allowed"), [((PAGE,), True), (("*",), True), ((), False)])
async def test_preflight_allows_the_headers_that_are_asked_for(path, origins, allowed):
    async with mock(STREAM, origins=origins) as served, ClientSession(served.url) as client:
        async with client.options(path, headers={"Origin": PAGE, **ASKS}) as reply:
            assert reply.status == 204
            assert (reply.headers.get("Access-Control-Allow-Origin") == PAGE) is allowed
            wanted = ASKS["Access-Control-Request-Headers"]
            assert reply.headers["Access-Control-Allow-Headers"] == wanted
            assert reply.headers["Vary"].startswith("Origin, Access-Control-Request-Headers")
            assert "Access-Control-Allow-Private-Network" not in reply.headers
        assert len(served.journal) == 0


@pytest.mark.parametrize(("origin", "allowed"), [("http://localhost:1", True), (PAGE, False)])
async def test_private_network_is_for_allowed_pages_that_ask(origin, allowed):
    asks = {"Origin": origin, **ASKS, "Access-Control-Request-Private-Network": "true"}
    async with mock(STREAM) as served, ClientSession(served.url) as client:
        reply = await client.options("/chat/stream", headers=asks)
    assert ("Access-Control-Allow-Private-Network" in reply.headers) is allowed


def test_invalid_origin_is_refused():
    with pytest.raises(ValueError, match="wanted an origin such as"):
        create_app(library(STREAM), origins=["localhost:3000"])


async def preflight(url, path="/chat/stream"):
    """Send a preflight of a page of this machine; return the status and the headers."""
    page = {"Origin": "http://localhost:3000", **ASKS}
    async with ClientSession(url) as client, client.options(path, headers=page) as reply:
        return reply.status, reply.headers


@pytest.mark.parametrize("plain", [False, True], ids=["fast path", "aiohttp"])
async def test_scenario_scripts_a_preflight(plain):
    app = create_app(library(STREAM, REFUSING))
    async with serving(app, plain=plain) as url:
        status, headers = await preflight(url, "/s/it/chat/stream")
        assert (status, headers["Access-Control-Allow-Methods"][:3]) == (403, "GET")
        assert (await preflight(url, "/other"))[0] == 204


async def test_scripted_preflight_sets_or_omits_single_headers():
    keys = "headers: {Access-Control-Allow-Headers: x, Access-Control-Allow-Origin: null}"
    text = scenario(f"when: {{method: OPTIONS}}\n{keys}\nstatus: 204\nsteps: []")
    async with mock(text) as served:
        _, headers = await preflight(served.url)
    assert headers["Access-Control-Allow-Headers"] == "x"
    assert "Access-Control-Allow-Origin" not in headers
    assert headers["Access-Control-Allow-Credentials"] == "true"


async def test_preflight_with_a_body_that_is_too_large_is_refused_as_json():
    page = {"Origin": "http://localhost:3000", **ASKS}
    body = BytesIO(bytes(1_500_000))
    async with (
        mock(REFUSING) as served,
        ClientSession(served.url) as client,
        client.options("/x", headers=page, data=body) as reply,
    ):
        assert (reply.status, "error" in await reply.json()) == (413, True)
        assert reply.headers["Access-Control-Allow-Origin"] == page["Origin"]
        assert reply.headers["Connection"] == "close"


async def test_scripted_preflight_is_in_the_journal():
    async with mock(REFUSING) as served:
        await preflight(served.url)
        entry = await served.entry()
    assert (entry.request.method, entry.scenario) == ("OPTIONS", "refused")


async def test_later_preflights_can_get_other_replies():
    text = REFUSING + "then: [{status: 204, steps: []}]\n"
    async with mock(text) as served:
        assert [(await preflight(served.url))[0] for _ in range(3)] == [403, 204, 204]


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        ("{path: /chat/stream}", 204),
        ("{not: {method: POST}}", 204),
        ("{method: OPTIONS, path: /other}", 204),
        ("{any: [{method: PUT}, {method: OPTIONS}]}", 403),
        ("{method: {regex: O.*S}}", 403),
        ("{method: OPTIONS, headers: {Access-Control-Request-Method: POST}}", 403),
    ],
)
async def test_only_a_rule_that_demands_the_method_answers_a_preflight(rule, status):
    async with mock(scenario(f"when: {rule}\nstatus: 403\nsteps: []")) as served:
        assert (await preflight(served.url))[0] == status
