"""OpenAI's client for Python gets responses as a neutral scenario says, streamed and not."""

import pytest

from tests.agreement.clients.client_library import client_library

openai = client_library("openai", "openai is not installed; it is in the extra dev")

ASKED = {"model": "m", "input": "What is the weather?"}


def make(url):
    """Return a client of the scenario at a URL."""
    return openai.AsyncOpenAI(api_key="k", base_url=f"{url}/v1", max_retries=0)


async def streamed(client):
    """Read a stream with the helper that puts the response together."""
    async with client.responses.stream(**ASKED) as stream:
        return await stream.get_final_response()


async def whole(client):
    """Ask for one body."""
    return await client.responses.create(**ASKED)


WAYS = pytest.mark.parametrize("ask", [streamed, whole])


@WAYS
async def test_answer_has_reasoning_text_and_a_tool_call(client, ask):
    response = await ask(await client("answer"))
    thought, _, call = response.output
    assert [part.text for part in thought.summary] == ["Let me think"]
    assert (response.output_text, response.status, response.model) == ("Hello", "completed", "m")
    assert (call.call_id, call.name, call.arguments) == (
        "call_1",
        "get_weather",
        '{"city":"Paris"}',
    )


@WAYS
async def test_usage_is_counted(client, ask):
    usage = (await ask(await client("text"))).usage
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (6, 2, 8)


@WAYS
async def test_refusal_is_not_text(client, ask):
    response = await ask(await client("refusal"))
    [message] = response.output
    assert [part.refusal for part in message.content] == ["I cannot"]
    assert response.output_text == ""


async def test_length_is_an_error_of_the_helper_and_a_reason_of_the_body(client):
    with pytest.raises(RuntimeError, match=r"response\.completed"):
        await streamed(await client("short"))
    response = await whole(await client("short"))
    assert response.incomplete_details.reason == "max_output_tokens"


@WAYS
async def test_error_in_place_of_an_answer_has_its_status(client, ask):
    with pytest.raises(openai.RateLimitError, match="Slow down"):
        await ask(await client("first-error"))


async def test_error_after_text_ends_the_stream(client):
    with pytest.raises(openai.APIError, match="Busy"):
        await streamed(await client("late-error"))
    with pytest.raises(openai.InternalServerError, match="Busy"):
        await whole(await client("late-error"))


@WAYS
async def test_cut_is_a_broken_connection(client, ask):
    with pytest.raises(openai.APIConnectionError):
        await ask(await client("cut"))


async def test_answer_fits_the_schema_of_the_request(client):
    pydantic = pytest.importorskip("pydantic")
    weather = pydantic.create_model("Weather", city=(str, ...), degrees=(int, ...))
    response = await (await client("shaped")).responses.parse(**ASKED, text_format=weather)
    assert isinstance(response.output_parsed, weather)
