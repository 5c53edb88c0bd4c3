"""Every path is answered, and a scenario is chosen alike; `/chat/stream` stays strict."""

import json
from urllib.parse import unquote

import pytest
from aiohttp import ClientSession

from streamproof.mock_ai.app import MOCK
from streamproof.mock_ai.journal.journal import ReplyEnding
from streamproof.mock_ai.request.providers import PROVIDER_PATHS
from streamproof.mock_ai.request.target import CHAT_PATH
from tests.long_runs import some_of
from tests.mock_ai.mock_fixture import mock, scenario
from tests.mock_ai.raw_client import exchange

ONE = scenario("steps: [{raw: one}]", name="one")
TWO = scenario("steps: [{raw: two}]", name="two")
RULED = scenario("when: {question: {contains: leave}}\nsteps: [{raw: ruled}]", name="ruled")
AT = [
    path.replace("{model}", "gemini-2.5-pro").replace("{deployment}", "mine")
    for path in PROVIDER_PATHS
]
ANYWHERE = ["/mcp", "/", "/v1/v1/messages", "/model/m/invoke-with-response-stream", "/a%20b/c/"]
SAYS_HI = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "hi"}]}


async def test_slash_after_the_path_of_a_provider_means_nothing(client):
    async with client.post("/v1/chat/completions/", data=b"not JSON") as reply:
        assert (reply.status, "error" in await reply.json()) == (400, True)
    async with client.get("/v1/models/") as reply:
        assert (reply.status, (await reply.json())["object"]) == (200, "list")


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


@pytest.mark.parametrize("path", some_of([*AT, *ANYWHERE], 3))
@pytest.mark.parametrize(
    ("prefix", "answer"),
    [("", "one"), ("/s/two", "two"), ("/run/r", "one"), ("/run/r/s/two", "two")],
)
async def test_post_is_answered_at_any_path_and_below_prefixes(
    client, served, prefix, path, answer
):
    assert await ask(client, prefix + path) == answer
    entry = await served.entry()
    assert (entry.request.question.question, entry.request.path) == ("hi", unquote(path))
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
        body = await reply.json()
        advice = "put /s/NAME before the path to name a scenario"
        assert body["error"]["message"].endswith(f"no default is set; {advice}")
        assert body["near"] == []


@pytest.mark.parametrize("path", ["/s/two", "/s/two/", "/run/r/s/two", "/s/two?x=1"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_scenario_answers_at_its_own_url(client, method, path):
    async with client.request(method, path) as reply:
        assert (reply.status, await reply.text()) == (200, "two")


@pytest.mark.parametrize("prefix", ["", "/run/r"])
@pytest.mark.parametrize("path", ["/mcp", "/v1/messages"])
async def test_everything_that_chooses_a_scenario_works_at_any_path(client, served, prefix, path):
    path = prefix + path
    assert await ask(client, path, {"prompt": "How much leave?"}) == "ruled"
    assert await ask(client, f"{path}?scenario=two") == "two"
    assert await ask(client, path, {"prompt": "/two hi"}) == "two"
    async with client.post(path, headers={"X-Scenario": "two"}, data=b"\xff") as reply:
        assert (await reply.text() == "two") is (prefix + "/mcp" == path)
    run = served.app[MOCK].runs["r" if prefix else ""]
    run.active = "two"
    run.queue.append("one")
    assert [await ask(client, path) for _ in range(3)] == ["one", "two", "two"]


async def test_rule_can_have_any_path_and_any_method():
    texts = [
        scenario("when: {method: POST, json: {method: initialize}}\nsteps: [{raw: hello}]", "a"),
        scenario("when: {method: GET, path: /mcp}\nsteps: [{raw: listen}]", "b"),
        scenario("when: {method: DELETE, path: /mcp}\nstatus: 204\nsteps: []", "c"),
    ]
    async with mock(*texts) as served, ClientSession(served.url) as client:
        assert await ask(client, "/mcp", {"method": "initialize", "id": 1}) == "hello"
        assert await (await client.get("/mcp")).text() == "listen"
        assert (await client.delete("/run/r/mcp")).status == 204
        assert (await client.put("/mcp")).status == 404
    assert [entry.scenario for entry in served.journal] == ["a", "b", "c", None]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/mcp", 404), ("PUT", "/v1/messages", 405), ("DELETE", CHAT_PATH, 405)],
)
async def test_queue_and_default_are_for_questions_only(client, served, method, path, status):
    run = served.app[MOCK].runs.unnamed
    run.queue.append("two")
    run.active = "two"
    async with client.request(method, path) as reply:
        assert reply.status == status
    assert list(run.queue) == ["two"]
    entry = await served.entry()
    assert entry.ending is ReplyEnding.UNMATCHED
    assert entry.refusal.body["error"].startswith(f"nothing answers {method} {path}: ")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/__mock/nothing", 404),
        ("POST", "/run/r/__mock/nothing?scenario=one", 404),
        ("POST", "/healthz", 405),
        ("DELETE", "/openapi.json", 405),
        ("GET", "/__ui", 200),
        ("GET", "/", 200),
    ],
)
async def test_page_of_the_mock_is_not_for_scenarios(client, served, method, path, status):
    async with client.request(method, path, headers={"X-Scenario": "one"}) as reply:
        assert reply.status == status
        assert await reply.text() != "one"
    assert len(served.journal) == 0


async def test_question_without_words_is_not_a_retry_of_another(client, served):
    for body in (b"a", b"b", b"a"):
        await client.post("/upload", data=body)
    for method in ("tools/list", "tools/call"):
        await client.post("/mcp", json={"method": method})
    assert [entry.attempt for entry in served.journal] == [1, 1, 2, 1, 1]


async def test_client_that_tells_its_retries_is_believed():
    text = scenario("steps: [{raw: first}]\nthen: [{steps: [{raw: second}]}]")
    async with mock(text) as served, ClientSession(served.url) as client:
        answers = []
        for retries in ("0", "1", "0", "0", "1"):
            headers = {"x-stainless-retry-count": retries}
            path = "/s/it/v1/chat/completions"
            async with client.post(path, json=SAYS_HI, headers=headers) as reply:
                answers.append(await reply.text())
    assert answers == ["first", "second", "first", "first", "second"]


async def test_retry_keeps_the_scenario_that_it_took_from_the_queue(client, served):
    served.app[MOCK].runs.unnamed.queue.extend(["two", "one", "two"])
    answers = []
    for retries in (0, 1, 2, 0):
        headers = {"x-stainless-retry-count": str(retries)}
        async with client.post("/v1/responses", json={"input": "hi"}, headers=headers) as reply:
            answers.append(await reply.text())
    assert answers == ["two", "two", "two", "one"]


@pytest.mark.parametrize("path", AT)
async def test_provider_is_not_asked_by_get(client, path):
    async with client.get(path) as reply:
        assert (reply.status, reply.headers["Allow"]) == (405, "POST")
    async with client.get(path, headers={"X-Scenario": "two"}) as reply:
        assert await reply.text() == "two"


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
    async with client.post("/v1/messages", json=SAYS_HI, expect100=True) as reply:
        assert await reply.text() == "one"
    assert '"POST /v1/messages HTTP/1.1" 200 ' in caplog.text
