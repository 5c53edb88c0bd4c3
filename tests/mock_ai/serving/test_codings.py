"""A body in a coding is read at every endpoint; a wrong one gets JSON, and is in the journal."""

import gzip

import brotli
import pytest
from aiohttp import ClientSession

from streamproof.mock_ai.journal.journal import ReplyEnding
from tests.mock_ai.mock_fixture import mock, scenario

SCENARIO = scenario("steps: [{raw: one}]", "one")
PAGE = "http://localhost:3000"
QUESTION = b'{"question": "hi"}'
PUT = b"name: put\ntitle: Put\nsteps: [{raw: put}]\n"


@pytest.fixture(params=[False, True], ids=["fast path", "plain"])
async def served(request):
    """Serve a scenario by default, on both paths."""
    async with mock(SCENARIO, default="one", plain=request.param) as running:
        yield running


def headers(coding):
    """Return the headers of a page that sends a coded body."""
    return {"Content-Encoding": coding, "Content-Type": "application/json", "Origin": PAGE}


@pytest.mark.parametrize(
    "path", ["/chat/stream", "/v1/messages", "/mcp", "/s/one", "/run/a/s/one/x"]
)
async def test_question_in_a_coding_is_read(served, path):
    async with ClientSession(served.url) as client:
        body = gzip.compress(QUESTION)
        async with client.post(path, data=body, headers=headers("gzip")) as reply:
            assert (reply.status, await reply.text()) == (200, "one")
    entry = await served.entry()
    assert (entry.request.question.question, entry.request.body) == ("hi", QUESTION)


@pytest.mark.parametrize("path", ["/chat/stream", "/v1/messages", "/mcp", "/run/a/s/one/x"])
@pytest.mark.parametrize(
    ("body", "coding", "status"),
    [
        (b"\xff\xff", "gzip", 400),
        (b"{}", "br", 400),
        (gzip.compress(QUESTION)[:-3], "gzip", 400),
        (QUESTION, "snappy", 415),
        (gzip.compress(bytes(1 << 24)), "gzip", 413),
    ],
    ids=["no gzip", "no brotli", "cut", "unknown", "too large"],
)
async def test_wrong_coding_is_refused_in_json(served, path, body, coding, status, caplog):
    async with ClientSession(served.url) as client:
        async with client.post(path, data=body, headers=headers(coding)) as reply:
            assert (reply.status, reply.content_type) == (status, "application/json")
            assert reply.headers["Access-Control-Allow-Origin"] == PAGE
            assert "error" in await reply.json()
        async with client.post(path, data=QUESTION, headers=headers("identity")) as reply:
            assert await reply.text() == "one"
    entry = await served.entry()
    assert (entry.ending, entry.request.body) == (ReplyEnding.REFUSED, body)
    assert caplog.records == []


async def test_control_api_reads_codings(served):
    async with ClientSession(f"{served.url}/__mock/") as client:
        yaml = {"Content-Encoding": "br", "Origin": PAGE}
        async with client.put("scenarios/put", data=brotli.compress(PUT), headers=yaml) as reply:
            assert reply.status == 200
        async with client.put("scenarios/put", data=PUT, headers=yaml) as reply:
            assert (reply.status, reply.content_type) == (400, "application/json")
            assert reply.headers["Access-Control-Allow-Origin"] == PAGE
            assert (await reply.json())["error"].startswith("the body is not valid br: ")
        json = {"Content-Encoding": "compress", "Content-Type": "application/json"}
        for method, path in (("PUT", "active"), ("POST", "queue"), ("POST", "deliveries")):
            async with client.request(method, path, data=b"{}", headers=json) as reply:
                assert reply.status == 415


async def test_exported_command_sends_the_decoded_body(served):
    async with ClientSession(served.url) as client:
        body = gzip.compress(QUESTION)
        await client.put("/s/one", data=body, headers={"Content-Encoding": "gzip"})
        entry = await served.entry()
        async with client.get(f"/__mock/journal/{entry.number}/timeline") as reply:
            curl = (await reply.json())["curl"]
    assert "-X PUT" in curl
    assert "Content-Encoding" not in curl
    assert "X-Scenario" not in curl
    assert """--data-raw '{"question": "hi"}'""" in curl
