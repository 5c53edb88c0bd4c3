"""Ask an endpoint of a mock, which has one scenario and plays it by default."""

from contextlib import asynccontextmanager

from aiohttp import ClientSession

from tests.mock_ai.mock_fixture import mock, scenario

STREAM = scenario("steps: [{content: Hello}, end]", "stream")


@asynccontextmanager
async def client(*texts):
    """Yield a client of a mock that has a default scenario."""
    serving = mock(STREAM, *texts, default="stream")
    async with serving as served, ClientSession(served.url) as session:
        yield session


async def ask(path, body=None, headers=None):
    """Return the status and the JSON of an answer; without a body by GET."""
    async with client() as session:
        method = "GET" if body is None else "POST"
        async with session.request(method, path, json=body, headers=headers) as reply:
            assert reply.content_type == "application/json"
            return reply.status, await reply.json()
