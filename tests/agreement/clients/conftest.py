"""A mock with one neutral scenario for every kind of answer."""

from collections.abc import AsyncIterator

import pytest

from tests.mock_ai.mock_fixture import Mock, mock, scenario

ANSWER = scenario(
    """
steps:
  - reasoning: ["Let me", " think"]
  - content: ["Hel", "lo"]
  - tool_call: {name: get_weather, arguments: {city: Paris}, per: token}
  - end
""",
    "answer",
)
TEXT = scenario("steps: [{content: [Hel, lo]}, end]", "text")
REFUSAL = scenario("steps: [{refusal: [I, ' cannot']}, end]", "refusal")
SHORT = scenario("steps: [{content: Hel}, {end: {finish: length}}]", "short")
LATE_ERROR = scenario("steps: [{content: a}, {error: {status: 529, message: Busy}}]", "late-error")
FIRST_ERROR = scenario("steps: [{error: {status: 429, message: Slow down}}]", "first-error")
CUT = scenario("steps: [{content: [a, b]}, end]\nfaults: [{cut: {after_bytes: 40}}]", "cut")
SHAPED = scenario("steps: [{fake: {from: schema, seed: 7}}, end]", "shaped")

MESSAGES = [{"role": "user", "content": "What is the weather?"}]


@pytest.fixture
async def served() -> AsyncIterator[Mock]:
    """Serve the scenarios."""
    texts = (ANSWER, TEXT, REFUSAL, SHORT, LATE_ERROR, FIRST_ERROR, CUT, SHAPED)
    async with mock(*texts) as running:
        yield running
