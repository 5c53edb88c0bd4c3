"""One scenario with turns answers a tool loop of the official clients, and their retries."""

import pytest

from tests.mock_ai.mock_fixture import mock, scenario

LOOP = scenario(
    """
turns:
  - steps: [{tool_call: {name: get_weather, arguments: {city: Paris}}}, end]
  - steps: [{error: {status: 503}}]
    headers: {retry-after: "0"}
    then: [{steps: [{content: It rains.}, end]}]
"""
)
ASKED = {"role": "user", "content": "What is the weather?"}


@pytest.fixture
async def served():
    """Serve the scenario by default."""
    async with mock(LOOP, default="it") as running:
        yield running


def attempts(served):
    """Return the turn and the attempt of each request."""
    found = [(one.context.question.conversation.turn, one.attempt) for one in served.journal]
    return found == [(1, 1), (2, 1), (2, 2)]


async def test_openai(served):
    openai = pytest.importorskip("openai", reason="openai is not installed; it is in the extra dev")
    async with openai.AsyncOpenAI(api_key="k", base_url=f"{served.url}/v1") as client:
        create = client.chat.completions.create
        called = (await create(model="m", messages=[ASKED])).choices[0].message
        result = {"role": "tool", "tool_call_id": called.tool_calls[0].id, "content": "rain"}
        said = [ASKED, called.model_dump(exclude_none=True), result]
        answer = (await create(model="m", messages=said)).choices[0].message
    assert answer.content == "It rains."
    assert attempts(served)


async def test_anthropic(served):
    anthropic = pytest.importorskip(
        "anthropic", reason="anthropic is not installed; it is in the extra dev"
    )
    async with anthropic.AsyncAnthropic(api_key="k", base_url=served.url) as client:
        create = client.messages.create
        called = await create(model="m", max_tokens=9, messages=[ASKED])
        result = {"type": "tool_result", "tool_use_id": called.content[0].id, "content": "rain"}
        said = [
            ASKED,
            {"role": "assistant", "content": [block.model_dump() for block in called.content]},
            {"role": "user", "content": [result]},
        ]
        answer = await create(model="m", max_tokens=9, messages=said)
    assert answer.content[0].text == "It rains."
    assert attempts(served)
