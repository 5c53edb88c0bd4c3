"""The clients for Amazon Bedrock get what a neutral scenario says, streamed and not.

boto3 calls Converse and Anthropic's messages; Anthropic's own client calls only the latter.
"""

import asyncio
import json
from contextlib import asynccontextmanager, closing

import pytest

from tests.agreement.clients.client_library import client_library
from tests.agreement.clients.conftest import MESSAGES

boto3 = client_library("boto3", "boto3 is not installed; it is in the extra dev")
botocore = client_library("botocore.exceptions", "botocore is not installed; boto3 needs it")
config = client_library("botocore.config", "botocore is not installed; boto3 needs it")
anthropic = client_library("anthropic", "anthropic is not installed; it is in the extra dev")

MODEL = "anthropic.claude-sonnet-5-v1:0"
IN_BLOCKS = [{"role": "user", "content": [{"text": "What is the weather?"}]}]
KEYS = {"aws_access_key_id": "k", "aws_secret_access_key": "s"}


@asynccontextmanager
async def make(url):
    """Return a client of the scenario at a URL."""
    once = config.Config(retries={"total_max_attempts": 1})
    place = {"region_name": "us-east-1", "endpoint_url": url}
    client = await asyncio.to_thread(boto3.client, "bedrock-runtime", **place, **KEYS, config=once)
    yield client
    client.close()


def streamed(client):
    """Read a stream of Converse, and put its message together."""
    reply = client.converse_stream(modelId=MODEL, messages=IN_BLOCKS)
    blocks, usage, reason = {}, None, None
    with closing(reply["stream"]) as stream:
        for event in stream:
            match event:
                case {"contentBlockStart": {"contentBlockIndex": index, "start": start}}:
                    blocks[index] = {"toolUse": {**start["toolUse"], "input": ""}}
                case {"contentBlockDelta": {"contentBlockIndex": index, "delta": delta}}:
                    add(blocks.setdefault(index, {}), delta)
                case {"messageStop": {"stopReason": reason}}:
                    pass
                case {"metadata": {"usage": usage}}:
                    pass
    return [blocks[index] for index in sorted(blocks)], reason, usage


def add(block, delta):
    """Add a delta to a block, which has then the form of a whole one."""
    match delta:
        case {"text": text}:
            block["text"] = block.get("text", "") + text
        case {"reasoningContent": more}:
            inner = block.setdefault("reasoningContent", {"reasoningText": {}})["reasoningText"]
            inner |= {key: inner.get(key, "") + value for key, value in more.items()}
        case {"toolUse": {"input": text}}:
            block["toolUse"]["input"] += text


def whole(client):
    """Ask Converse for one body."""
    reply = client.converse(modelId=MODEL, messages=IN_BLOCKS)
    blocks = reply["output"]["message"]["content"]
    for block in blocks:
        if "toolUse" in block:
            block["toolUse"]["input"] = json.dumps(block["toolUse"]["input"], separators=(",", ":"))
    return blocks, reply["stopReason"], reply["usage"]


WAYS = pytest.mark.parametrize("ask", [streamed, whole])


@WAYS
async def test_answer_has_a_thought_text_and_a_tool_call(client, ask):
    blocks, reason, _ = await asyncio.to_thread(ask, await client("answer"))
    thought, text, call = blocks
    assert thought["reasoningContent"]["reasoningText"]["text"] == "Let me think"
    assert thought["reasoningContent"]["reasoningText"]["signature"]
    assert text == {"text": "Hello"}
    assert call["toolUse"] == {
        "toolUseId": "tooluse_1",
        "name": "get_weather",
        "input": '{"city":"Paris"}',
    }
    assert reason == "tool_use"


@WAYS
async def test_usage_is_counted(client, ask):
    _, _, usage = await asyncio.to_thread(ask, await client("text"))
    assert usage == {"inputTokens": 6, "outputTokens": 2, "totalTokens": 8}


@WAYS
async def test_refusal_and_length_are_reasons(client, ask):
    blocks, reason, _ = await asyncio.to_thread(ask, await client("refusal"))
    assert (blocks, reason) == ([{"text": "I cannot"}], "content_filtered")
    assert (await asyncio.to_thread(ask, await client("short")))[1] == "max_tokens"


@WAYS
async def test_error_in_place_of_an_answer_has_its_type(client, ask):
    opened = await client("first-error")
    with pytest.raises(opened.exceptions.ThrottlingException, match="Slow down") as caught:
        await asyncio.to_thread(ask, opened)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429


async def test_error_after_text_ends_the_stream(client):
    with pytest.raises(botocore.EventStreamError, match="Busy") as caught:
        await asyncio.to_thread(streamed, await client("late-error"))
    assert caught.value.response["Error"]["Code"] == "serviceUnavailableException"


async def test_cut_of_a_stream_is_an_error_of_the_http_library(client):
    urllib3 = pytest.importorskip("urllib3")
    with pytest.raises(urllib3.exceptions.ProtocolError):
        await asyncio.to_thread(streamed, await client("cut"))


async def test_unknown_scenario_is_named_in_the_error(client):
    opened = await client("txt")
    with pytest.raises(opened.exceptions.ResourceNotFoundException, match="no scenario is named"):
        await asyncio.to_thread(whole, opened)


ASKED = {"model": MODEL, "max_tokens": 100, "messages": MESSAGES}


async def test_messages_of_anthropic_are_invoked(client):
    opened = await client("text")
    body = json.dumps({"anthropic_version": "bedrock-2023-05-31", **ASKED})
    got = await asyncio.to_thread(opened.invoke_model, modelId=MODEL, body=body)
    message = json.loads(got["body"].read())
    assert (message["content"], message["model"]) == ([{"type": "text", "text": "Hello"}], MODEL)
    got = await asyncio.to_thread(
        opened.invoke_model_with_response_stream, modelId=MODEL, body=body
    )
    assert got["contentType"] == "application/json"
    events = [json.loads(event["chunk"]["bytes"]) for event in got["body"]]
    assert (events[0]["type"], events[-1]["type"]) == ("message_start", "message_stop")


async def parsed(client, model=MODEL):
    """Read a stream with the helper of Anthropic's client that puts the message together."""
    async with client.messages.stream(**{**ASKED, "model": model}) as stream:
        return await stream.get_final_message()


async def created(client, model=MODEL):
    """Ask with Anthropic's client for one body."""
    return await client.messages.create(**{**ASKED, "model": model})


ANTHROPIC_WAYS = pytest.mark.parametrize("ask", [parsed, created])


@pytest.fixture
async def of_anthropic(served):
    """Return a client of Anthropic for Bedrock by the name of a scenario."""
    opened = []

    def of(name):
        keys = {"aws_access_key": "k", "aws_secret_key": "s", "aws_region": "us-east-1"}
        url = f"{served.url}/s/{name}"
        opened.append(anthropic.AsyncAnthropicBedrock(**keys, base_url=url, max_retries=0))
        return opened[-1]

    yield of
    for client in opened:
        await client.close()


@ANTHROPIC_WAYS
async def test_client_of_anthropic_gets_a_thought_text_and_a_tool_call(of_anthropic, ask):
    message = await ask(of_anthropic("answer"))
    thought, text, call = message.content
    assert (thought.thinking, text.text) == ("Let me think", "Hello")
    assert (call.id, call.name, call.input) == ("toolu_1", "get_weather", {"city": "Paris"})
    assert (message.stop_reason, message.model) == ("tool_use", MODEL)


@ANTHROPIC_WAYS
async def test_client_of_anthropic_gets_an_error_as_its_status(of_anthropic, ask):
    with pytest.raises(anthropic.RateLimitError, match="Slow down"):
        await ask(of_anthropic("first-error"))


async def test_client_of_anthropic_gets_an_error_after_text(of_anthropic):
    with pytest.raises(anthropic.APIStatusError, match="Busy"):
        await parsed(of_anthropic("late-error"))


async def test_client_of_anthropic_gets_an_error_of_the_http_library_for_a_cut(of_anthropic):
    httpx2 = pytest.importorskip("httpx2")
    with pytest.raises(httpx2.TransportError):
        await parsed(of_anthropic("cut"))


async def test_client_of_anthropic_for_vertex_ai_gets_the_answer(served):
    vertex = {"region": "europe-west1", "project_id": "p", "access_token": "t"}
    url = f"{served.url}/s/text/v1"
    async with anthropic.AsyncAnthropicVertex(**vertex, base_url=url, max_retries=0) as client:
        for ask in (parsed, created):
            message = await ask(client, "claude-sonnet-5@20260101")
            assert message.content[0].text == "Hello"
            assert message.model == "claude-sonnet-5@20260101"
