"""A mock with one neutral scenario for every kind of answer."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from trustme import CA

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


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write the certificate of one authority, and return its path."""
    path = tmp_path_factory.mktemp("clients") / "ca.pem"
    CA().cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(autouse=True)
def few_authorities(authority: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each client read one authority; most of them read all of the system, unused here."""
    monkeypatch.setenv("SSL_CERT_FILE", authority)


@pytest.fixture
async def served() -> AsyncIterator[Mock]:
    """Serve the scenarios."""
    texts = (ANSWER, TEXT, REFUSAL, SHORT, LATE_ERROR, FIRST_ERROR, CUT, SHAPED)
    async with mock(*texts) as running:
        yield running


@pytest.fixture
async def client(
    request: pytest.FixtureRequest, served: Mock
) -> AsyncIterator[Callable[[str], Awaitable[Any]]]:
    """Return a client of a scenario by its name, made by the module; close all at the end."""
    async with AsyncExitStack() as stack:

        async def of(name: str) -> Any:
            opened = request.module.make(f"{served.url}/s/{name}")
            return await stack.enter_async_context(opened)

        yield of
