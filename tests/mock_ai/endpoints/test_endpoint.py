"""An endpoint answers unless a scenario is named or its rule matches, and is in the journal."""

import pytest
from aiohttp import ClientSession

from streamproof.mock_ai.app import MOCK
from streamproof.mock_ai.endpoints import ENDPOINTS
from streamproof.mock_ai.journal.journal import ReplyEnding
from tests.mock_ai.endpoints.asking import STREAM, client
from tests.mock_ai.mock_fixture import mock, scenario

DOWN = scenario("when: {path: {contains: /models}}\nstatus: 503\nsteps: [{raw: down}]", "down")


def test_names_are_unique():
    names = [endpoint.name for endpoint in ENDPOINTS]
    assert sorted({*names}) == sorted(names)


async def test_endpoint_is_in_the_journal_with_its_bytes():
    async with mock(STREAM) as served, ClientSession(served.url) as session:
        async with session.get("/run/r/v1/models", headers={"Origin": "http://localhost"}) as reply:
            assert reply.headers["Access-Control-Allow-Origin"] == "http://localhost"
            assert set(reply.headers) >= {"Content-Length", "Content-Type"}
            assert "X-Accel-Buffering" not in reply.headers
            body = await reply.read()
        entry = await served.entry()
        async with session.get("/__mock/overview") as reply:
            [row] = (await reply.json())["entries"]
        async with session.get("/__mock/journal/1/scenario?name=kept") as reply:
            kept = (await reply.json())["text"]
    assert (entry.scenario, entry.endpoint) == (None, "openai-models")
    assert (entry.ending, entry.run) == (ReplyEnding.FINISHED, "r")
    assert entry.writes[0].data.endswith(body)
    assert (row["endpoint"], row["title"]) == ("openai-models", "The list of models")
    assert "GET /run/r/v1/models" in kept


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/s/stream/v1/models", {}),
        ("GET", "/v1/models?scenario=stream", {}),
        ("POST", "/v1/embeddings", {"X-Scenario": "stream"}),
    ],
)
async def test_named_scenario_has_priority(method, path, headers):
    async with client() as session, session.request(method, path, headers=headers) as reply:
        assert reply.content_type == "text/event-stream"


async def test_unknown_name_is_not_replaced_by_an_endpoint():
    named = {"X-Scenario": "nothing"}
    async with client() as session, session.get("/v1/models", headers=named) as reply:
        assert reply.status == 404


async def test_rule_has_priority():
    async with client(DOWN) as session:
        async with session.get("/v1/models") as reply:
            assert (reply.status, await reply.text()) == (503, "down")
        async with session.get("/api/tags") as reply:
            assert reply.status == 200


async def test_queue_active_scenario_and_default_are_for_questions():
    async with mock(STREAM, default="stream") as served, ClientSession(served.url) as session:
        run = served.app[MOCK].runs.unnamed
        run.queue.append("stream")
        run.active = "stream"
        async with session.post("/v1/embeddings", json={"input": "/stream hi"}) as reply:
            assert "data" in await reply.json()
    assert list(run.queue) == ["stream"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/v1/embeddings", "POST"), ("PUT", "/v1/models", "GET, HEAD")],
)
async def test_other_method_is_refused(method, path, allowed):
    async with client() as session, session.request(method, path) as reply:
        assert (reply.status, reply.headers["Allow"]) == (405, allowed)


async def test_head_of_an_endpoint_has_no_body():
    async with client() as session, session.head("/v1/models") as reply:
        assert (reply.status, await reply.read()) == (200, b"")
        assert int(reply.headers["Content-Length"]) > 0


async def test_fault_of_a_request_strikes_an_endpoint():
    async with client() as session:
        fault = {"X-Mock-Fault": "refuse: {status: 503}"}
        async with session.get("/v1/models", headers=fault) as reply:
            assert reply.status == 503
        async with session.get("/v1/models?fault=cut:+{after_events:+9}") as reply:
            assert reply.status == 400
            assert "'openai-models' cannot be played" in await reply.text()


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[]"])
async def test_broken_body_is_refused_by_the_endpoint(body):
    async with client() as session, session.post("/v1/embeddings", data=body) as reply:
        assert reply.status == 400
        assert "input: wanted a text" in (await reply.json())["error"]["message"]
