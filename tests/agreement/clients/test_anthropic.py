"""Anthropic's client for Python gets what a neutral scenario says, streamed and not."""

import pytest

from tests.agreement.clients.client_library import client_library
from tests.agreement.clients.conftest import MESSAGES

anthropic = client_library("anthropic", "anthropic is not installed; it is in the extra dev")

ASKED = {"model": "m", "max_tokens": 100, "messages": MESSAGES}


def make(url):
    """Return a client of the scenario at a URL."""
    return anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)


async def streamed(client):
    """Read a stream with the helper that puts the message together."""
    async with client.messages.stream(**ASKED) as stream:
        return await stream.get_final_message()


async def whole(client):
    """Ask for one body."""
    return await client.messages.create(**ASKED)


WAYS = pytest.mark.parametrize("ask", [streamed, whole])


@WAYS
async def test_answer_has_a_thought_text_and_a_tool_call(client, ask):
    message = await ask(await client("answer"))
    thought, text, call = message.content
    assert (thought.thinking, text.text) == ("Let me think", "Hello")
    assert (call.id, call.name, call.input) == ("toolu_1", "get_weather", {"city": "Paris"})
    assert (message.stop_reason, message.model) == ("tool_use", "m")


@WAYS
async def test_usage_is_counted(client, ask):
    usage = (await ask(await client("text"))).usage
    assert (usage.input_tokens, usage.output_tokens) == (6, 2)


@WAYS
async def test_refusal_is_text_with_its_reason(client, ask):
    message = await ask(await client("refusal"))
    assert (message.content[0].text, message.stop_reason) == ("I cannot", "refusal")


@WAYS
async def test_length_is_a_reason(client, ask):
    assert (await ask(await client("short"))).stop_reason == "max_tokens"


@WAYS
async def test_error_in_place_of_an_answer_has_its_status(client, ask):
    with pytest.raises(anthropic.RateLimitError, match="Slow down"):
        await ask(await client("first-error"))


async def test_error_after_text_ends_the_stream(client):
    with pytest.raises(anthropic.APIStatusError, match="overloaded_error") as caught:
        await streamed(await client("late-error"))
    assert caught.value.status_code == 200
    with pytest.raises(anthropic.OverloadedError):
        await whole(await client("late-error"))


async def test_cut_of_a_stream_is_an_error_of_the_http_library(client):
    httpx2 = pytest.importorskip("httpx2")
    with pytest.raises(httpx2.TransportError):
        await streamed(await client("cut"))


async def test_unknown_scenario_is_named_in_the_error(client):
    with pytest.raises(anthropic.NotFoundError, match=r"no scenario is named 'txt'; .*: text"):
        await whole(await client("txt"))
