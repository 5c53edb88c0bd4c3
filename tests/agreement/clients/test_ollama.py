"""Ollama's client for Python gets what a neutral scenario says, streamed and not."""

from contextlib import AsyncExitStack

import pytest

from tests.agreement.clients.client_library import client_library
from tests.agreement.clients.conftest import MESSAGES

ollama = client_library("ollama", "ollama is not installed; this test needs it")


@pytest.fixture
async def client(served):
    """Return a client of a scenario by its name; close all of them at the end."""
    async with AsyncExitStack() as stack:

        def of(name):
            opened = ollama.AsyncClient(host=f"{served.url}/s/{name}")
            stack.push_async_callback(opened.close)
            return opened

        yield of


async def streamed(client):
    """Read a stream; return the messages and the last line."""
    lines = [line async for line in await client.chat("m", MESSAGES, stream=True)]
    return [line.message for line in lines], lines[-1]


async def whole(client):
    """Ask for one body."""
    reply = await client.chat("m", MESSAGES)
    return [reply.message], reply


WAYS = pytest.mark.parametrize("ask", [streamed, whole])


@WAYS
async def test_answer_has_a_thought_text_and_a_tool_call(client, ask):
    messages, last = await ask(client("answer"))
    assert "".join(one.thinking or "" for one in messages) == "Let me think"
    assert "".join(one.content or "" for one in messages) == "Hello"
    [call] = [call.function for one in messages for call in one.tool_calls or ()]
    assert (call.name, call.arguments) == ("get_weather", {"city": "Paris"})
    assert (last.done, last.done_reason, last.model) == (True, "stop", "m")


@WAYS
async def test_usage_is_counted(client, ask):
    _, last = await ask(client("text"))
    assert (last.prompt_eval_count, last.eval_count) == (6, 2)


@WAYS
async def test_error_has_its_text(client, ask):
    with pytest.raises(ollama.ResponseError, match="Slow down"):
        await ask(client("first-error"))
    with pytest.raises(ollama.ResponseError, match="Busy"):
        await ask(client("late-error"))


async def test_completion_has_a_response(client):
    lines = [line async for line in await client("text").generate("m", "Hi", stream=True)]
    assert "".join(line.response for line in lines) == "Hello"
    assert (await client("text").generate("m", "Hi")).response == "Hello"
