"""Google's client for Python gets what a neutral scenario says, streamed and not."""

import pytest

from tests.agreement.clients.client_library import client_library
from tests.agreement.clients.conftest import MESSAGES

genai = client_library("google.genai", "google-genai is not installed; it is in the extra dev")

QUESTION = MESSAGES[0]["content"]

# The client derives a class from one of aiohttp's.
pytestmark = pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession")


def make(url):
    """Return a client of the scenario at a URL."""
    return genai.Client(api_key="k", http_options={"base_url": url}).aio


async def streamed(client):
    """Read a stream; return its parts, the last response and the last reason."""
    stream = await client.models.generate_content_stream(model="m", contents=QUESTION)
    responses = [response async for response in stream]
    parts = [part for one in responses for part in one.candidates[0].content.parts or ()]
    return parts, responses[-1]


async def whole(client):
    """Ask for one body."""
    response = await client.models.generate_content(model="m", contents=QUESTION)
    return response.candidates[0].content.parts, response


WAYS = pytest.mark.parametrize("ask", [streamed, whole])


@WAYS
async def test_answer_has_a_thought_text_and_a_tool_call(client, ask):
    parts, last = await ask(await client("answer"))
    thoughts = "".join(part.text for part in parts if part.thought)
    text = "".join(part.text for part in parts if part.text and not part.thought)
    [call] = [part.function_call for part in parts if part.function_call]
    assert (thoughts, text) == ("Let me think", "Hello")
    assert (call.name, call.args) == ("get_weather", {"city": "Paris"})
    assert (last.candidates[0].finish_reason.name, last.model_version) == ("STOP", "m")


@WAYS
async def test_usage_is_counted(client, ask):
    _, last = await ask(await client("text"))
    usage = last.usage_metadata
    assert (usage.prompt_token_count, usage.candidates_token_count) == (6, 2)


@WAYS
@pytest.mark.parametrize(("name", "reason"), [("refusal", "SAFETY"), ("short", "MAX_TOKENS")])
async def test_reason(client, ask, name, reason):
    _, last = await ask(await client(name))
    assert last.candidates[0].finish_reason.name == reason


@WAYS
async def test_error_in_place_of_an_answer_has_its_status(client, ask):
    with pytest.raises(genai.errors.ClientError, match="Slow down") as caught:
        await ask(await client("first-error"))
    assert (caught.value.code, caught.value.status) == (429, "RESOURCE_EXHAUSTED")


@WAYS
async def test_error_after_text_ends_the_stream(client, ask):
    with pytest.raises(genai.errors.ServerError, match="Busy"):
        await ask(await client("late-error"))


async def test_unknown_scenario_is_named_in_the_error(client):
    with pytest.raises(genai.errors.ClientError, match=r"no scenario is named 'txt'; .*: text"):
        await whole(await client("txt"))
