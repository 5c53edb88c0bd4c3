"""Clients of providers get a neutral scenario, and the mock's own errors, in their dialect."""

import json

import pytest
from aiohttp import ClientSession

from streamproof.mock_ai.journal.journal import ReplyEnding
from streamproof.mock_ai.planning.script_cache import ScriptCache
from tests.mock_ai.mock_fixture import mock, scenario

NEUTRAL = scenario("steps: [{content: [Hel, lo]}, end]", "neutral")
ONLY_CHAT = scenario("dialect: chat\nsteps: [{content: hi}, end]", "only-chat")
CALL = scenario("steps: [{tool_call: {name: f}}, {tool_call: {name: g}}, end]", "call")
VERBATIM = scenario("steps: [{event: {data: x}}]", "verbatim")
BROKEN = scenario("vars: {}\nsteps: [{event: {event: '{{question}}', data: x}}]", "broken")
OPENAI, ANTHROPIC = "/v1/chat/completions", "/v1/messages"
ASKED = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
async def served():
    """Serve the scenarios."""
    async with mock(NEUTRAL, ONLY_CHAT, CALL, VERBATIM, BROKEN) as running:
        yield running


@pytest.fixture
async def client(served):
    """Ask the mock by paths."""
    async with ClientSession(served.url) as session:
        yield session


async def ask(client, path, **fields):
    """Post once; return the status, the content type and the body."""
    async with client.post(path, json={**ASKED, **fields}) as reply:
        return reply.status, reply.content_type, await reply.text()


@pytest.mark.parametrize("prefix", ["/s/neutral", "/run/r/s/neutral", "/s/neutral/any/prefix"])
async def test_path_decides_the_dialect_below_every_prefix(client, prefix):
    status, kind, text = await ask(client, prefix + OPENAI)
    assert (status, kind, json.loads(text)["object"]) == (
        200,
        "application/json",
        "chat.completion",
    )
    _, kind, text = await ask(client, prefix + ANTHROPIC, stream=True)
    assert kind == "text/event-stream"
    assert text.startswith("event: message_start\n")


async def test_ids_of_tool_calls_continue_after_the_results_in_the_request(client):
    results = [{"role": "tool", "tool_call_id": f"call_{n}", "content": "1"} for n in (1, 2)]
    _, _, text = await ask(client, f"/s/call{OPENAI}", messages=[*ASKED["messages"], *results])
    [choice] = json.loads(text)["choices"]
    assert [call["id"] for call in choice["message"]["tool_calls"]] == ["call_3", "call_4"]


async def test_query_decides_the_dialect_at_every_path(client):
    _, _, text = await ask(client, f"/s/neutral{ANTHROPIC}?dialect=openai-chat", stream=True)
    assert text.endswith("data: [DONE]\n\n")


async def test_scenario_can_keep_its_own_dialect(client):
    for path in (OPENAI, ANTHROPIC):
        assert "event: end" in (await ask(client, f"/s/only-chat{path}"))[2]


async def test_verbatim_scenario_is_the_same_for_everybody(client):
    for path in (OPENAI, ANTHROPIC):
        reply = await ask(client, f"/s/verbatim{path}")
        assert reply == (200, "text/event-stream", "data: x\n\n")


async def test_each_model_gets_its_own_bytes_and_equal_requests_share_them(client, served):
    for model in ("a", "b", "a"):
        _, _, text = await ask(client, f"/s/neutral{OPENAI}", model=model)
        assert json.loads(text)["model"] == model
    first, _, third = [await served.entry(number) for number in range(3)]
    assert first.actions is third.actions


async def test_unknown_scenario_is_an_error_of_the_provider_with_the_near_ones(client, served):
    status, _, text = await ask(client, f"/s/neutrl{ANTHROPIC}")
    found = json.loads(text)
    assert (status, found["type"], found["error"]["type"]) == (404, "error", "not_found_error")
    assert found["error"]["message"].endswith("'neutrl'; the nearest are: neutral")
    assert found["near"][0]["scenario"] == "neutral"
    refusal = (await served.entry()).refusal
    assert refusal.body["error"] == "no scenario is named 'neutrl'"
    assert refusal.data.endswith(text.encode())


async def test_unknown_dialect_is_an_error_of_the_provider(client):
    status, _, text = await ask(client, f"/s/neutral{OPENAI}?dialect=opnai-chat")
    assert status == 400
    assert "did you mean 'openai-chat'?" in json.loads(text)["error"]["message"]


async def test_broken_body_and_unplayable_reply_are_errors_of_the_provider(client):
    async with client.post(f"/s/neutral{OPENAI}", data=b"{") as reply:
        assert reply.status == 400
        assert "not JSON" in (await reply.json())["error"]["message"]
    messages = [{"role": "user", "content": "a\nb"}]
    status, _, text = await ask(client, f"/s/broken{OPENAI}", messages=messages)
    assert status == 400
    assert "cannot be played for this request" in json.loads(text)["error"]["message"]


async def test_fault_that_needs_events_has_none_in_one_body(client):
    path = f"/s/neutral{OPENAI}?fault=cut:%20{{after_events:%201}}"
    assert (await ask(client, path))[0] == 400
    path = f"/s/neutral{OPENAI}?fault=refuse:%20{{status:%20503}}"
    assert (await ask(client, path))[0] == 503


async def test_fault_of_events_refuses_one_json_body_and_fits_a_stream(client):
    path = f"/s/neutral{OPENAI}?fault=drop:%20{{at_event:%201}}"
    status, _, text = await ask(client, path)
    assert status == 400
    assert "`drop` needs a stream of events here" in json.loads(text)["error"]["message"]
    assert (await ask(client, path, stream=True))[0] == 200


async def test_error_of_the_mock_itself_is_worded_logged_and_ends_the_entry(
    served, client, monkeypatch, caplog
):
    async def broken(*_):
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(ScriptCache, "script", broken)
    for path in (f"/s/neutral{OPENAI}", "/s/neutral/any"):
        status, _, text = await ask(client, path)
        assert (status, "secret" in text) == (500, False)
        assert "internal error of the mock: ZeroDivisionError; its log has more" in text
    assert [entry.ending for entry in served.journal] == [ReplyEnding.UNPLAYABLE] * 2
    assert "request 1 (neutral): internal error" in caplog.text
