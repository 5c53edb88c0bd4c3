"""A recorded reply of the mock becomes neutral steps in every dialect; others stay verbatim."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamproof.contracts.sse import encode
from streamproof.mock_ai.actions import start_of
from streamproof.mock_ai.dialects import CATALOGUE
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan, planned_body
from streamproof.mock_ai.recording.exchange import ExchangeEnding, RecordedRequest
from streamproof.mock_ai.recording.scenario_text import scenario_text
from streamproof.mock_ai.recording.wanted import wanted_by
from streamproof.mock_ai.scenario.model import Reply
from streamproof.mock_ai.scenario.step_types import EventStep, RawStep
from tests.mock_ai.mock_fixture import mock
from tests.mock_ai.raw_client import connection
from tests.mock_ai.recording.planned import recorded, timeline
from tests.mock_ai.recording.services import recorded as recorded_by_proxy
from tests.shipped_files import SCENARIOS, cases

VERBATIM = {EventStep, RawStep}
NEUTRAL = [
    name for name, one in SCENARIOS.items() if one.path and one.path.parent.name == "dialects"
]
EVERY_STEP = load_scenario(
    Path(__file__).parents[2].joinpath("agreement/dialects/neutral.yaml").read_text("utf-8")
)


class Asking(NamedTuple):
    """How a client asks in a dialect."""

    dialect: str
    path: str
    fields: Mapping[str, object]

    @property
    def request(self) -> RecordedRequest:
        """The request as it is recorded."""
        return RecordedRequest("POST", self.path, (), json.dumps(self.fields).encode())


MESSAGES = {"model": "m", "messages": [{"role": "user", "content": "How is it?"}]}
CONTENTS = {"contents": [{"parts": [{"text": "How is it?"}]}]}
CHAT = "/v1/chat/completions"
USAGE = {"stream_options": {"include_usage": True}}
IN_PARTS = {"messages": [{"id": "a", "role": "user", "parts": [{"type": "text", "text": "Hi"}]}]}
ASKING = {
    "chat": Asking("chat", "/chat", {"question": "How is it?"}),
    "openai-chat": Asking("openai-chat", CHAT, {**MESSAGES, "stream": True}),
    "openai-chat, usage": Asking("openai-chat", CHAT, {**MESSAGES, **USAGE, "stream": True}),
    "openai-chat, whole": Asking("openai-chat", CHAT, MESSAGES),
    "mistral": Asking("mistral", f"{CHAT}?dialect=mistral", {**MESSAGES, "stream": True}),
    "mistral, whole": Asking("mistral", f"{CHAT}?dialect=mistral", MESSAGES),
    "responses": Asking("openai-responses", "/v1/responses", {"input": "Hi", "stream": True}),
    "responses, whole": Asking("openai-responses", "/v1/responses", {"input": "Hi"}),
    "completions": Asking("openai-completions", "/completions", {"prompt": "Hi", "stream": True}),
    "completions, whole": Asking("openai-completions", "/completions", {"prompt": "Hi"}),
    "anthropic": Asking("anthropic", "/v1/messages", {**MESSAGES, "stream": True}),
    "anthropic, whole": Asking("anthropic", "/v1/messages", MESSAGES),
    "bedrock": Asking("bedrock", "/model/m/converse-stream", MESSAGES),
    "bedrock, whole": Asking("bedrock", "/model/m/converse", MESSAGES),
    "bedrock-anthropic": Asking(
        "bedrock-anthropic", "/model/m/invoke-with-response-stream", MESSAGES
    ),
    "bedrock-anthropic, whole": Asking("bedrock-anthropic", "/model/m/invoke", MESSAGES),
    "gemini": Asking("gemini", "/v1/models/m:streamGenerateContent?alt=sse", CONTENTS),
    "gemini, array": Asking("gemini", "/v1/models/m:streamGenerateContent", CONTENTS),
    "gemini, whole": Asking("gemini", "/v1/models/m:generateContent", CONTENTS),
    "ollama": Asking("ollama", "/api/chat", MESSAGES),
    "ollama, whole": Asking("ollama", "/api/chat", {**MESSAGES, "stream": False}),
    "ollama, generate": Asking("ollama", "/api/generate", {"model": "m", "prompt": "Hi"}),
    "cohere": Asking("cohere", "/v2/chat", {**MESSAGES, "stream": True}),
    "cohere, whole": Asking("cohere", "/v2/chat", MESSAGES),
    "vercel-ui": Asking("vercel-ui", "/api/chat", IN_PARTS),
    "ag-ui": Asking("ag-ui", "/agent", {**MESSAGES, "threadId": "t", "runId": "r"}),
}
WITH_BLOCKS_THAT_TOUCH = {"structured-output-refused"}
"""A refusal directly follows the text. Where both are blocks of text, no steps say that there are
two, so the recording has the events themselves."""
STREAMED = [name for name in ASKING if "whole" not in name]
every_way = pytest.mark.parametrize("asking", ASKING.values(), ids=ASKING)
every_stream = pytest.mark.parametrize("asking", [ASKING[name] for name in STREAMED], ids=STREAMED)


def written(reply: Reply, asking: Asking) -> str:
    """Record the planned bytes and times of a reply, and return the scenario file."""
    [wanted] = wanted_by(asking.request)
    actions = plan(reply, request=wanted)
    writes, ending, ended_ms = timeline(actions)
    start = start_of(actions)
    exchange = recorded(
        writes,
        ExchangeEnding(ending),
        ended_ms,
        request=asking.request,
        status=start.status,
        headers=start.headers,
    )
    return scenario_text(exchange, name="r", origin="a test")


def check_same(reply: Reply, asking: Asking) -> Reply:
    """Check that a recording plans the same bytes and times, and return its reply."""
    again = load_scenario(written(reply, asking)).reply
    [wanted] = wanted_by(asking.request)
    first, second = plan(reply, request=wanted), plan(again, request=wanted)
    assert timeline(second) == timeline(first)
    assert start_of(second).status == start_of(first).status
    assert start_of(second).headers == start_of(first).headers
    return again


@every_way
def test_the_request_decides_the_dialect(asking):
    assert [wanted.dialect for wanted in wanted_by(asking.request)] == [asking.dialect]


@every_way
@pytest.mark.parametrize("name", cases(NEUTRAL, long=set(NEUTRAL) - {"weather"}))
def test_a_recorded_reply_has_only_neutral_steps(asking, name):
    again = check_same(replace(SCENARIOS[name].reply, faults=()), asking)
    is_verbatim = not again.step_types.isdisjoint(VERBATIM)
    if is_verbatim and name in WITH_BLOCKS_THAT_TOUCH:
        return
    assert not is_verbatim
    assert again.dialect == (None if asking.dialect == "chat" else asking.dialect)


@every_way
@pytest.mark.parametrize("number", range(6))
def test_every_neutral_step_is_read_back(asking, number):
    reply = EVERY_STEP.replies[number]
    again = check_same(reply, asking)
    by_hand = {type(step).__name__ for step in reply.steps} & {"JsonStep"}
    assert again.step_types.isdisjoint(VERBATIM) or by_hand


@every_stream
def test_the_times_between_pieces_are_kept(asking):
    weather = SCENARIOS["weather"].reply
    again = check_same(replace(weather, faults=(), pace=replace(weather.pace, gap_ms=30)), asking)
    assert again.step_types.isdisjoint(VERBATIM)


@every_stream
@pytest.mark.parametrize("fault", ["cut: {after_content: 1}", "stall: {after_content: 1}"])
def test_a_reply_that_breaks_off_has_neutral_steps_and_a_fault(asking, fault):
    steps = "steps:\n  - reasoning: Let me\n  - content: [Hel, lo]\n  - end"
    text = f"name: a\ntitle: A cut\n{steps}\nfaults:\n  - {fault}\n"
    again = check_same(load_scenario(text).reply, asking)
    assert again.step_types.isdisjoint(VERBATIM)
    assert [one.kind for one in again.faults] == [fault.partition(":")[0]]


@every_stream
def test_a_reply_in_one_chunk_has_neutral_steps_in_one_chunk(asking):
    steps = "steps:\n  - chunk:\n      - content: [Hel, lo]\n      - end"
    again = check_same(load_scenario(f"name: a\ntitle: A chunk\n{steps}\n").reply, asking)
    assert again.step_types.isdisjoint(VERBATIM)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
ARGUMENTS = TEXTS | st.dictionaries(TEXTS, JSON, max_size=3)
STEPS = st.one_of(
    st.builds(lambda texts: {"content": texts}, st.lists(TEXTS, min_size=1, max_size=3)),
    st.builds(lambda text: {"reasoning": text}, TEXTS),
    st.builds(lambda text: {"refusal": text}, TEXTS),
    st.builds(
        lambda name, given: {"tool_call": {"name": name, "arguments": given}}, TEXTS, ARGUMENTS
    ),
    st.builds(lambda ms: {"wait_ms": ms}, st.integers(0, 900)),
)


@settings(max_examples=30)
@given(st.lists(STEPS, min_size=1, max_size=4), st.sampled_from(list(ASKING.values())))
def test_any_reply_plans_the_same_bytes_at_the_same_times(steps, asking):
    document = {"name": "a", "title": "Any reply", "steps": [*steps, "end"]}
    check_same(load_scenario(json.dumps(document)).reply, asking)


def chunk(**more: object) -> bytes:
    """Return a chunk of a real service, which draws its own IDs."""
    choice = {"index": 0, "delta": {"content": "Hi"}, "finish_reason": None}
    return encode(json.dumps({"id": "chatcmpl-9f3", "created": 1, "choices": [choice], **more}))


def test_a_stream_with_other_ids_stays_verbatim():
    exchange = recorded([(0, [chunk(), encode("[DONE]")])], request=ASKING["openai-chat"].request)
    reply = load_scenario(scenario_text(exchange, name="r", origin="a test")).reply
    assert reply.step_types == {EventStep}
    assert reply.dialect is None


def test_an_event_of_the_service_stays_between_neutral_steps():
    asking = ASKING["openai-chat"]
    ping = 'event: {event: "ping", data: "{\\"at\\": 1}"}'
    steps = f"steps:\n  - content: Hel\n  - {ping}\n  - comment: alive\n  - content: lo\n  - end"
    text = written(load_scenario(f"name: a\ntitle: A ping\n{steps}\n").reply, asking)
    assert f'  - content: "Hel"\n  - {ping}\n  - comment: "alive"\n  - content: "lo"\n' in text


@pytest.mark.parametrize(
    ("asking", "body", "why"),
    [
        ("openai-chat, whole", b'{"error":{"message":"no"}}', "an error without its status"),
        ("ollama, whole", b'{"error":"no"}', "an error with status 200"),
        ("ollama, whole", b'{"a":1}', "another value"),
        ("ollama, whole", b"no JSON", "no JSON"),
        ("vercel-ui", encode('{"type":"tool-output-available"}'), "no output"),
        ("ag-ui", encode('{"type":"RUN_ERROR","message":"no","code":"x"}'), "no status"),
        ("mistral", encode('{"choices":[{"delta":{"content":[1]}}]}'), "no chunk"),
        ("gemini", encode('{"candidates":[{"content":{"parts":[1]}}]}'), "no part"),
        ("anthropic", encode('{"type":"content_block_delta","delta":[]}'), "no delta"),
        ("responses", encode('{"type":"response.completed","response":{}}'), "no response"),
        ("cohere", encode('{"type":"content-delta","delta":{"message":{}}}'), "no content"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_no_neutral_step_sends_stays_verbatim(asking, body, why):
    exchange = recorded([(0, [body])], request=ASKING[asking].request)
    reply = load_scenario(scenario_text(exchange, name="r", origin="a test")).reply
    assert planned_body(plan(reply)) == body, why
    assert not reply.has_neutral_steps, why


def test_a_reply_with_a_value_that_no_scenario_can_have_stays_verbatim():
    reply = replace(SCENARIOS["weather"].reply, usage={"input": -1})
    again = load_scenario(written(reply, ASKING["openai-chat, whole"])).reply
    assert again.step_types == {RawStep}


def test_messages_of_the_chat_dialect_at_the_path_of_a_provider_say_so():
    body = encode('{"type": "content", "content": "Hi"}', "message")
    exchange = recorded([(0, [body])], request=ASKING["openai-chat"].request)
    scenario = load_scenario(scenario_text(exchange, name="r", origin="a test"))
    assert scenario.reply.dialect == "chat"


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_saved_stream_without_its_request_is_read_in_the_dialect_that_sends_it(name):
    [wanted] = wanted_by(RecordedRequest("POST", f"/?dialect={name}"))
    reply = SCENARIOS["weather"].reply
    writes, *_ = timeline(plan(reply, request=wanted))
    exchange = recorded(writes, request=RecordedRequest("", ""))
    again = load_scenario(scenario_text(exchange, name="r", origin="a test")).reply
    assert again.step_types.isdisjoint(VERBATIM)
    assert again.dialect == (None if name == "chat" else name)


@pytest.mark.parametrize("asking", [ASKING["anthropic"], ASKING["ollama"], ASKING["cohere, whole"]])
async def test_a_proxy_in_front_of_the_mock_records_neutral_steps(asking):
    call = "tool_call: {name: f, arguments: {a: 1}, per: token}"
    steps = f"steps:\n  - content: [Hel, lo]\n  - {call}\n  - end"
    async with (
        mock(f"name: a\ntitle: A call\npace: {{gap_ms: 5}}\n{steps}\n") as served,
        recorded_by_proxy(served.url) as proxy,
        connection(proxy.url) as raw,
    ):
        body = asking.request.body
        head = f"POST /s/a{asking.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        await raw.send(head.encode() + body)
        await raw.rest()
        exchange = await proxy.exchange()
    scenario = load_scenario(scenario_text(exchange, name="r", origin="a test"))
    assert scenario.reply.step_types.isdisjoint(VERBATIM)
    [wanted] = wanted_by(exchange.request)
    writes, *_ = timeline(plan(scenario.reply, request=wanted))
    assert [chunks for _, chunks in writes] == [list(write.chunks) for write in exchange.writes]
