"""OpenAI's client for Python gets what a neutral scenario says, streamed and not."""

import pytest

from tests.agreement.clients.client_library import client_library
from tests.agreement.clients.conftest import MESSAGES

openai = client_library("openai", "openai is not installed; it is in the extra dev")

ASKED = {"model": "m", "messages": MESSAGES}


def make(url):
    """Return a client of the scenario at a URL."""
    return openai.AsyncOpenAI(api_key="k", base_url=f"{url}/v1", max_retries=0)


async def streamed(client):
    """Read a stream with the helper that puts the message together."""
    async with client.chat.completions.stream(**ASKED) as stream:
        async for _ in stream:
            pass
        return await stream.get_final_completion()


async def whole(client):
    """Ask for one body."""
    return await client.chat.completions.create(**ASKED)


WAYS = pytest.mark.parametrize("ask", [streamed, whole])


@WAYS
async def test_answer_has_text_reasoning_and_a_tool_call(client, ask):
    [choice] = (await ask(await client("answer"))).choices
    [call] = choice.message.tool_calls
    assert (choice.message.content, choice.finish_reason) == ("Hello", "tool_calls")
    assert choice.message.reasoning_content == "Let me think"
    assert (call.id, call.function.name) == ("call_1", "get_weather")
    assert call.function.arguments == '{"city":"Paris"}'


@WAYS
async def test_refusal_is_not_content(client, ask):
    [choice] = (await ask(await client("refusal"))).choices
    assert choice.message.refusal == "I cannot"
    assert not choice.message.content


async def test_model_is_echoed_and_usage_is_counted(client):
    completion = await whole(await client("text"))
    assert (completion.model, completion.id) == ("m", "chatcmpl-1")
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (6, 2)


async def test_usage_of_a_stream_comes_last_if_it_is_asked_for(client):
    asked = {**ASKED, "stream": True, "stream_options": {"include_usage": True}}
    chunks = [
        chunk async for chunk in await (await client("text")).chat.completions.create(**asked)
    ]
    assert [chunk.usage.completion_tokens for chunk in chunks if chunk.usage] == [2]
    assert chunks[-1].usage


async def test_length_is_an_error_of_the_helper_and_a_reason_of_the_body(client):
    with pytest.raises(openai.LengthFinishReasonError):
        await streamed(await client("short"))
    assert (await whole(await client("short"))).choices[0].finish_reason == "length"


@WAYS
async def test_error_in_place_of_an_answer_has_its_status(client, ask):
    with pytest.raises(openai.RateLimitError, match="Slow down") as caught:
        await ask(await client("first-error"))
    assert caught.value.code == "rate_limit_exceeded"


async def test_error_after_text_ends_the_stream(client):
    with pytest.raises(openai.APIError, match="Busy"):
        await streamed(await client("late-error"))
    with pytest.raises(openai.InternalServerError, match="Busy"):
        await whole(await client("late-error"))


@WAYS
async def test_cut_is_a_broken_connection(client, ask):
    with pytest.raises(openai.APIConnectionError):
        await ask(await client("cut"))


async def test_unknown_scenario_is_named_in_the_error(client):
    with pytest.raises(openai.NotFoundError, match=r"no scenario is named 'txt'; .*: text"):
        await whole(await client("txt"))


async def test_answer_fits_the_schema_of_the_request(client):
    pydantic = pytest.importorskip("pydantic")
    weather = pydantic.create_model("Weather", city=(str, ...), degrees=(int, ...))
    completion = await (await client("shaped")).chat.completions.parse(
        **ASKED, response_format=weather
    )
    assert isinstance(completion.choices[0].message.parsed, weather)


@pytest.mark.parametrize("stream", [True, False])
async def test_legacy_completion_has_the_text(client, stream):
    asked = {"model": "m", "prompt": "Hi", "stream": stream}
    reply = await (await client("text")).completions.create(**asked)
    texts = [part.choices[0].text async for part in reply] if stream else [reply.choices[0].text]
    assert "".join(texts) == "Hello"


async def test_azure_is_answered_at_its_own_path(served):
    url = f"{served.url}/s/text"
    async with openai.AsyncAzureOpenAI(
        api_key="k", azure_endpoint=url, api_version="2026-01-01", max_retries=0
    ) as client:
        assert (await whole(client)).choices[0].message.content == "Hello"
