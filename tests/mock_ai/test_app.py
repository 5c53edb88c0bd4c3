"""The mock over HTTP: who is answered by what, errors as JSON, and who may read it."""

from io import BytesIO

import pytest
from aiohttp import ClientSession

from streamproof.mock_ai.app import create_app
from streamproof.mock_ai.endpoints import ENDPOINTS, endpoints_at
from streamproof.mock_ai.errors import NoSuchScenario
from streamproof.mock_ai.journal.journal import ReplyEnding
from streamproof.mock_ai.request.codings import MAX_REQUEST_BYTES
from streamproof.mock_ai.request.providers import PROVIDER_PATHS
from tests.mock_ai.mock_fixture import library, mock, scenario
from tests.mock_ai.raw_client import FIN, connection

ONE = scenario("steps: [{raw: one}]", name="one")
TWO = scenario("steps: [{raw: two}]", name="two")
JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def served():
    """Serve two scenarios, the first one by default."""
    async with mock(ONE, TWO, default="one") as running:
        yield running


@pytest.fixture
async def client(served):
    """Ask the mock by paths."""
    async with ClientSession(served.url) as session:
        yield session


@pytest.mark.parametrize(
    ("path", "headers", "question"),
    [
        pytest.param("/s/two/chat/stream", {"X-Scenario": "one"}, "hi", id="prefix"),
        pytest.param("/chat/stream?scenario=one", {"X-Scenario": "two"}, "hi", id="header"),
        pytest.param("/chat/stream?scenario=two", {}, "/one hi", id="query"),
        pytest.param("/chat/stream", {}, "/two hi", id="question"),
    ],
)
async def test_scenario_is_chosen_by(client, path, headers, question):
    reply = await client.post(path, headers=headers, json={"question": question})
    assert await reply.text() == "two"


async def test_default_answers_whoever_names_nothing(client):
    assert await (await client.post("/chat/stream", json={"question": "hi"})).text() == "one"
    assert await (await client.get("/chat/stream?question=hi")).text() == "one"


async def test_unknown_name_is_404_with_the_nearest(client, served):
    reply = await client.post("/s/twoo/chat/stream", json={"question": "hi"})
    assert reply.status == 404
    body = await reply.json()
    assert body["error"] == "no scenario is named 'twoo'"
    assert [near["scenario"] for near in body["near"]] == ["two"]
    assert await served.ending() is ReplyEnding.UNMATCHED


async def test_default_that_is_not_there_is_refused():
    with pytest.raises(NoSuchScenario, match="no scenario is named 'twoo'; did you mean 'two'"):
        create_app(library(ONE, TWO), default="twoo")


@pytest.mark.parametrize(
    ("method", "path", "status", "sent"),
    [
        pytest.param("POST", "/chat/stream", 400, {"data": "{", "headers": JSON}, id="no JSON"),
        pytest.param("POST", "/chat/stream", 400, {"json": {}}, id="no question"),
        pytest.param("GET", "/chat/stream", 400, {}, id="no question in the query"),
        pytest.param("POST", "/chat/stream", 415, {"data": {"question": "hi"}}, id="a form"),
        pytest.param(
            "POST",
            "/chat/stream",
            413,
            {"data": BytesIO(b"x" * (MAX_REQUEST_BYTES + 1)), "headers": JSON},
            id="too large",
        ),
        pytest.param("GET", "/nothing", 404, {}, id="no such path"),
        pytest.param("PUT", "/chat/stream", 405, {}, id="no such method"),
        pytest.param("OPTIONS", "/chat/stream", 405, {}, id="no preflight"),
    ],
)
async def test_wrong_request_is_answered_in_json(client, served, method, path, status, sent):
    async with client.request(method, path, **sent) as reply:
        assert reply.status == status
        assert "error" in await reply.json()
        assert ("Allow" in reply.headers) == (status == 405)
    refused = {400: ReplyEnding.REFUSED, 415: ReplyEnding.REFUSED, 413: None}
    ending = refused.get(status, ReplyEnding.UNMATCHED)
    assert [entry.ending for entry in served.journal] == ([ending] if ending else [])


@pytest.mark.parametrize("path", ["/chat/stream", "/__mock/validate"])
async def test_connection_is_closed_after_a_body_that_is_too_large(served, path):
    inside = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    body = inside * (MAX_REQUEST_BYTES // len(inside) + 1)
    async with connection(served.url) as raw:
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
        await raw.send(head.encode() + body + inside)
        got, ending = await raw.rest()
    assert got.startswith(b"HTTP/1.1 413 ")
    assert got.count(b"HTTP/1.1 ") == 1
    assert b"Connection: close\r\n" in got
    assert ending == FIN


async def test_body_of_the_largest_size_is_read(client):
    padding = MAX_REQUEST_BYTES - len(b'{"question": ""}')
    body = BytesIO(b'{"question": "%s"}' % (b"x" * padding))
    async with client.post("/chat/stream", data=body, headers=JSON) as reply:
        assert reply.status == 200


@pytest.mark.parametrize(
    "origin",
    ["http://localhost", "https://localhost:5173", "http://127.0.0.1:3000", "http://[::1]:8080"],
)
async def test_pages_of_this_machine_may_read_replies_and_errors(client, origin):
    for path in ("/chat/stream?question=hi", "/chat/stream", "/healthz", "/nothing"):
        async with client.get(path, headers={"Origin": origin}) as reply:
            assert reply.headers["Access-Control-Allow-Origin"] == origin
            assert reply.headers["Vary"] == "Origin"


@pytest.mark.parametrize(
    "origin",
    ["http://example.com", "http://localhost.example.com", "http://localhost:80.example.com", ""],
)
async def test_other_pages_may_not(client, origin):
    for path in ("/chat/stream?question=hi", "/healthz"):
        async with client.get(path, headers={"Origin": origin}) as reply:
            assert "Access-Control-Allow-Origin" not in reply.headers
            assert reply.headers["Vary"] == "Origin"


async def test_preflight_allows_what_it_asks_for(client):
    asks = {
        "Origin": "http://localhost:5173",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,last-event-id",
    }
    async with client.options("/s/two/chat/stream", headers=asks) as reply:
        assert reply.status == 204
        assert reply.headers["Access-Control-Allow-Origin"] == "http://localhost:5173"
        assert reply.headers["Access-Control-Allow-Headers"] == "authorization,last-event-id"
        assert "DELETE" in reply.headers["Access-Control-Allow-Methods"]


async def test_later_attempts_for_the_same_message_get_the_later_replies():
    text = scenario("steps: [{raw: first}]\nthen: [{steps: [{raw: second}]}, {steps: [end]}]")
    async with mock(text) as served, ClientSession(served.url) as client:
        replies = []
        for message in ("1", "1", "2", "1", "1"):
            asked = {"question": "hi", "messageId": message}
            replies.append(await (await client.post("/s/it/chat/stream", json=asked)).text())
        end = 'event: end\ndata: {"type": "end"}\n\n'
        assert replies == ["first", "second", "first", end, end]
        assert [entry.attempt for entry in served.journal] == [1, 2, 1, 3, 4]


async def test_journal_has_the_request(client, served):
    asked = {"question": "hi", "userId": "u"}
    await client.post("/s/two/chat/stream?x=1", json=asked, headers={"Authorization": "Bearer t"})
    entry = await served.entry()
    assert (entry.scenario, entry.request.method) == ("two", "POST")
    assert entry.request.target == "/s/two/chat/stream?x=1"
    assert ("Authorization", "Bearer t") in entry.request.headers
    assert entry.request.body == b'{"question": "hi", "userId": "u"}'
    assert (entry.request.question.question, entry.request.question.user_id) == ("hi", "u")


async def test_service_describes_itself(client):
    document = await (await client.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    others = set(document["paths"]) - {
        *("/chat/stream", "/s/{scenario}/chat/stream", *PROVIDER_PATHS),
        *("/openapi.json", "/healthz"),
    }
    assert set(PROVIDER_PATHS) < set(document["paths"])
    found = {path: {one.name for one in endpoints_at(path)} for path in others}
    assert [path for path, names in found.items() if not names] == []
    assert set().union(*found.values()) == {endpoint.name for endpoint in ENDPOINTS}
    assert await (await client.get("/healthz")).json() == {"status": "ok"}


async def test_request_that_is_not_http_is_a_line_of_the_log(served, caplog):
    async with connection(served.url) as raw:
        await raw.send(b"GET / HTTP/9\r\nHost: x\r\n\r\n")
        got, _ = await raw.rest()
    assert got.startswith(b"HTTP/1.0 400 ")
    [record] = caplog.records
    assert record.exc_info is None
    assert record.getMessage() == (
        "Error handling request from 127.0.0.1: not valid HTTP/1.1: expected dot"
    )


async def test_a_scenario_has_the_last_word_on_who_may_read_it():
    text = scenario('headers: {Access-Control-Allow-Origin: "*"}\nsteps: [{raw: x}]')
    page = {"Origin": "http://localhost:3000"}
    async with mock(text) as running, ClientSession(running.url, headers=page) as session:
        reply = await session.get("/s/it/chat/stream?question=hi")
    assert reply.headers.getall("Access-Control-Allow-Origin") == ["*"]
    assert reply.headers["Vary"] == "Origin"
