"""Clients of AI providers are answered at the paths that they know; `/chat/stream` stays strict."""

import json

import pytest
from aiohttp import ClientSession

from streamproof.mock_ai.app import MOCK
from streamproof.mock_ai.journal.journal import ReplyEnding
from streamproof.mock_ai.request.providers import PROVIDER_PATHS
from streamproof.mock_ai.request.received import CHAT_PATH
from tests.mock_ai.mock_fixture import mock, scenario
from tests.mock_ai.raw_client import exchange

ONE = scenario("steps: [{raw: one}]", name="one")
TWO = scenario("steps: [{raw: two}]", name="two")
RULED = scenario("when: {question: {contains: leave}}\nsteps: [{raw: ruled}]", name="ruled")
AT = [path.replace("{model}", "gemini-2.5-pro") for path in PROVIDER_PATHS]
SAYS_HI = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
async def served():
    """Serve three scenarios, the first one by default."""
    async with mock(ONE, TWO, RULED, default="one") as running:
        yield running


@pytest.fixture
async def client(served):
    """Ask the mock by paths."""
    async with ClientSession(served.url) as session:
        yield session


async def ask(client, path, body=SAYS_HI):
    """Post once, and return the body of the reply."""
    async with client.post(path, json=body) as reply:
        return await reply.text()


@pytest.mark.parametrize("path", AT)
@pytest.mark.parametrize(
    ("prefix", "answer"),
    [("", "one"), ("/s/two", "two"), ("/run/r", "one"), ("/run/r/s/two", "two")],
)
async def test_provider_is_played_with_and_without_prefixes(client, served, prefix, path, answer):
    assert await ask(client, prefix + path) == answer
    entry = await served.entry()
    assert (entry.request.question.question, entry.request.path) == ("hi", path)
    assert entry.run == ("r" if prefix.startswith("/run") else "")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/v2/chat", "/v1/v1/messages", "/chat/stream/more", "/s/one/x"])
async def test_named_scenario_answers_at_any_path(client, method, path):
    async with client.request(method, f"/s/two{path}") as reply:
        assert (reply.status, await reply.text()) == (200, "two")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 200, id="empty"),
        pytest.param(b"{}", 200, id="no question"),
        pytest.param(b'{"messageId": 5}', 200, id="an id that is no text"),
        pytest.param(b"{", 400, id="broken"),
        pytest.param(b"[]", 400, id="no object"),
        pytest.param(b"\xff", 400, id="no text"),
    ],
)
async def test_body_for_a_provider_is_json_without_demands(client, served, body, status):
    async with client.post("/s/one/v1/messages", data=body) as reply:
        assert reply.status == status
    entry = await served.entry()
    assert entry.request.question.question == ""
    assert (entry.ending is ReplyEnding.REFUSED) == (status == 400)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\0", b"question=hi"])
async def test_body_for_any_other_path_may_be_anything(client, served, body):
    async with client.post("/s/one/upload", data=body) as reply:
        assert await reply.text() == "one"
    assert (await served.entry()).request.body == body


@pytest.mark.parametrize("prefix", ["", "/s/one", "/run/r", "/run/r/s/one"])
@pytest.mark.parametrize("body", [{}, SAYS_HI])
async def test_chat_stream_still_demands_a_question(client, prefix, body):
    async with client.post(prefix + CHAT_PATH, json=body) as reply:
        assert reply.status == 400
        assert (await reply.json())["error"].startswith("question: wanted text")


async def test_query_of_another_path_may_ask(client, served):
    await client.get("/s/one/v2/ask?prompt=hi&messageId=7")
    question = (await served.entry()).request.question
    assert (question.question, question.message_id) == ("hi", "7")


async def test_rules_names_and_the_control_api_choose_for_providers_too(client, served):
    told = {"messages": [{"role": "user", "content": "How much leave?"}]}
    named = {"messages": [{"role": "user", "content": "/two hi"}]}
    assert await ask(client, "/v1/chat/completions", told) == "ruled"
    assert await ask(client, "/v1/chat/completions", named) == "two"
    run = served.app[MOCK].runs.unnamed
    run.active = "two"
    run.queue.append("one")
    assert [await ask(client, "/api/chat", told) for _ in range(3)] == ["one", "two", "two"]


async def test_rules_and_texts_know_method_and_path():
    asks = scenario(
        "vars: {}\nwhen: {method: GET, path: {regex: ^/v2/}}\n"
        "steps: [{comment: '{{method}} {{path}}'}]",
        "asks",
    )
    async with mock(asks) as running, ClientSession(running.url) as client:
        answer = await (await client.post("/run/r/s/asks/v1/messages?a=b")).text()
        assert answer == ": POST /v1/messages\n\n"
        near = (await (await client.post("/v1/messages")).json())["near"]
        assert near[0]["why"] == (
            "method: wanted 'GET', got 'POST'; "
            "path: wanted text that matches '^/v2/', got '/v1/messages'"
        )


async def test_token_in_a_message_names_the_run(client, served):
    await ask(client, "/api/generate", {"prompt": "hi [run:a]"})
    assert (await served.entry()).run == "a"


async def test_without_a_name_or_a_rule_nothing_answers():
    async with mock(ONE) as served, ClientSession(served.url) as client:
        reply = await client.post("/v1/messages", json=SAYS_HI)
        assert reply.status == 404
        assert (await reply.json())["near"][0]["scenario"] == "one"


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/embeddings"), ("GET", "/s/one")])
async def test_path_that_is_not_served_is_told_those_that_are(client, method, path):
    async with client.request(method, path) as reply:
        assert reply.status == 404
        error = (await reply.json())["error"]
    assert error.startswith(f"nothing is served at {path}; streams are at /chat/stream, ")
    assert [path for path in PROVIDER_PATHS if path not in error] == []


@pytest.mark.parametrize("path", AT)
async def test_provider_is_not_asked_by_get(client, path):
    async with client.get(path) as reply:
        assert (reply.status, reply.headers["Allow"]) == (405, "POST")


async def test_page_of_this_machine_may_ask_as_a_provider(client):
    page = {"Origin": "http://localhost:3000"}
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}
    async with client.options("/s/two/v1/messages", headers={**page, **asks}) as reply:
        assert reply.headers["Access-Control-Allow-Headers"] == "x-api-key"
    async with client.post("/s/two/v1/messages", json=SAYS_HI, headers=page) as reply:
        assert reply.headers["Access-Control-Allow-Origin"] == page["Origin"]


async def test_escaped_path_is_the_same_path(served):
    head, _, _ = await exchange(served.url, "/s/%74wo/%63hat/stream", "1.0")
    assert head.startswith(b"HTTP/1.0 400 ")


async def test_journal_keeps_what_a_provider_was_asked(client, served):
    await ask(client, "/s/one/v1/messages?beta=true")
    request = (await served.entry()).request
    assert request.target == "/s/one/v1/messages?beta=true"
    assert json.loads(request.body) == SAYS_HI


async def test_reply_is_in_the_access_log_of_aiohttp(client, caplog):
    caplog.set_level("INFO", "aiohttp.access")
    assert await ask(client, "/v1/messages") == "one"
    assert '"POST /v1/messages HTTP/1.1" 200 ' in caplog.text
