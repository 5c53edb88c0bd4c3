"""A mock with scenarios that wait, and a client of its control API."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import pytest
from aiohttp import ClientResponse, ClientSession
from jsonschema import Draft202012Validator

from streamproof.mock_ai.control.document import openapi_document
from tests.mock_ai.mock_fixture import Mock, mock, scenario
from tests.mock_ai.raw_client import RawConnection, connection

SCENARIOS = (
    scenario("steps: [{raw: one}]", name="one"),
    scenario("steps: [{raw: two}]", name="two"),
    scenario(r'steps: [{raw: "before\n\n"}, {hold: until-released}, {raw: after}]', name="holds"),
    scenario(r'steps: [{raw: "before\n\n"}, {hold: until-client-leaves}]', name="stalls"),
    scenario("pace: {gap_ms: 3600000}\nsteps: [{raw: a}, {raw: b}, {raw: c}]", name="slow"),
)


def check_documented(method: str, path: str, status: int, answer: Any) -> None:
    """Check an answer against the OpenAPI document."""
    document = cast("dict[str, Any]", openapi_document())
    path = path.partition("?")[0]
    if path == "/feed":
        return
    [known] = [
        template
        for template in document["paths"]
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path)
    ]
    operation = document["paths"][known][method.lower()]
    answers = operation["responses"][str(status)]
    name = answers.get("$ref", "").rpartition("/")[2]
    answers = document["components"]["responses"][name] if name else answers
    assert (answer is None) == ("content" not in answers)
    if answer is not None:
        schema = answers["content"]["application/json"]["schema"]
        Draft202012Validator({**schema, "components": document["components"]}).validate(answer)


@dataclass(frozen=True)
class Controlled:
    """A running mock, and a client of its control API."""

    mock: Mock
    session: ClientSession

    async def call(self, method: str, path: str, run: str = "", **sent: Any) -> Any:
        """Call the control API, and return its answer."""
        async with self._request(method, path, run, **sent) as reply:
            assert reply.status in (200, 204), await reply.text()
            answer = await reply.json() if reply.status == 200 else None
            check_documented(method, path, reply.status, answer)
            return answer

    async def rejected(self, method: str, path: str, run: str = "", **sent: Any) -> tuple[int, Any]:
        """Make an invalid call, and return the status and the answer."""
        async with self._request(method, path, run, **sent) as reply:
            answer = await reply.json()
            check_documented(method, path, reply.status, answer)
            return reply.status, answer

    def _request(self, method: str, path: str, run: str, **sent: Any) -> Any:
        prefix = f"/run/{run}" if run else ""
        return self.session.request(method, f"{prefix}/__mock{path}", **sent)

    async def ask(self, scenario: str | None = None, run: str = "", question: str = "hi") -> str:
        """Ask a question, and return the body of the reply."""
        path = f"/run/{run}" if run else ""
        path += f"/s/{scenario}" if scenario else ""
        reply: ClientResponse
        async with self.session.post(f"{path}/chat/stream", json={"question": question}) as reply:
            return await reply.text()

    @asynccontextmanager
    async def open(self, scenario: str, until: bytes, path: str = "") -> AsyncIterator[Open]:
        """Open a stream, and read up to these bytes."""
        async with connection(self.mock.url) as raw:
            await raw.ask(f"{path}/s/{scenario}/chat/stream?question=hi")
            await raw.until(until)
            [*_, entry] = self.mock.journal
            yield Open(self, raw, entry.number)


@dataclass(frozen=True)
class Open:
    """An open stream."""

    controlled: Controlled
    raw: RawConnection
    number: int

    async def steer(self, what: str, run: str = "", **sent: Any) -> Any:
        """Steer the stream."""
        path = f"/streams/{self.number}/{what}"
        return await self.controlled.call("POST", path, run, **sent)

    async def rejected(self, what: str, **sent: Any) -> tuple[int, Any]:
        """Steer the stream in an invalid way, and return the status and the answer."""
        return await self.controlled.rejected("POST", f"/streams/{self.number}/{what}", **sent)


@pytest.fixture
async def controlled() -> AsyncIterator[Controlled]:
    """Serve the scenarios; the first one is the default."""
    async with mock(*SCENARIOS, default="one") as served, ClientSession(served.url) as session:
        yield Controlled(served, session)
