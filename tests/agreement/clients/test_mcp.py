"""The example of an MCP server: a client calls a tool, and resumes the stream that breaks off."""

from pathlib import Path

import pytest
from aiohttp import ClientSession

from streamproof.contracts.sse import Decoder
from streamproof.mock_ai.app import create_app, serving
from streamproof.mock_ai.embedded import read_library

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "examples" / "mcp"
CALL = {
    "jsonrpc": "2.0",
    "id": 3,
    "method": "tools/call",
    "params": {
        "name": "get_weather",
        "arguments": {"city": "Paris"},
        "_meta": {"progressToken": "p"},
    },
}


@pytest.fixture
async def url():
    """Serve the scenarios of the example, and return the URL of the server."""
    async with serving(create_app(read_library(EXAMPLE))) as root:
        yield f"{root}/mcp"


async def events_of(reply):
    """Return the events of a reply."""
    assert (reply.status, reply.content_type) == (200, "text/event-stream")
    return Decoder().feed(await reply.read())


async def test_broken_tool_call_is_resumed_by_rules(url):
    async with ClientSession() as client:
        start = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}}
        start["params"] = {"protocolVersion": "2025-11-25"}
        async with client.post(url, json=start) as reply:
            assert reply.headers["Mcp-Session-Id"] == "session-1"
            [first] = await events_of(reply)
            assert '"id":1,' in first.data
            assert '"protocolVersion":"2025-11-25"' in first.data
        async with client.post(url, json={"method": "notifications/initialized"}) as reply:
            assert (reply.status, await reply.read()) == (202, b"")
        async with client.get(url) as reply:
            assert (reply.status, reply.headers["Allow"]) == (405, "POST")
        async with client.post(url, json=CALL) as reply:
            empty, progress = await events_of(reply)
            assert (empty.id, empty.data) == ("3", "")
            assert '"progressToken":"p"' in progress.data
        async with client.get(url, headers={"Last-Event-ID": empty.id}) as reply:
            [result] = await events_of(reply)
            assert '"id": 3,' in result.data
            assert "It rains." in result.data
        async with client.delete(url) as reply:
            assert reply.status == 204
