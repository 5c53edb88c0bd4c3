"""Overrides: one request with another speed or with a fault of its own."""

from contextlib import suppress
from importlib.resources import files
from pathlib import Path

import pytest
from aiohttp import ClientPayloadError, ClientSession
from jsonschema import Draft202012Validator

from streamproof.contracts.source.document import load_yaml
from streamproof.mock_ai.errors import InvalidRequest
from streamproof.mock_ai.faults import Cut
from streamproof.mock_ai.journal.journal import ReplyEnding
from streamproof.mock_ai.serving.overrides import FAULT, SPEED, read_overrides
from tests.mock_ai.mock_fixture import mock, scenario
from tests.mock_ai.sample_requests import sample_request

TEXT = scenario('steps: [{raw: "data: 1\\n\\n"}, {wait_ms: 60000}, {raw: "data: 2\\n\\n"}]')
PATH = "/s/it/chat/stream?question=hi"
RESET = {"X-Mock-Fault": "reset: {after_events: 1}"}
WANTED = "X-Mock-Speed: wanted 0 or a number from 0.000001 to 1000000000"
FAST = {"X-Mock-Speed": "0"}


@pytest.fixture
async def served():
    """Serve a scenario that takes a minute."""
    async with mock(TEXT) as running:
        yield running


@pytest.fixture
async def client(served):
    """Ask the mock by paths."""
    async with ClientSession(served.url) as session:
        yield session


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        pytest.param(FAST, "", id="header"),
        pytest.param({}, "&speed=0", id="query"),
        pytest.param(FAST, "&speed=1", id="header before query"),
        pytest.param({"x-mock-speed": "1e9"}, "", id="very fast"),
    ],
)
async def test_speed_of_one_request(client, served, headers, query):
    async with client.get(PATH + query, headers=headers) as reply:
        assert await reply.text() == "data: 1\n\ndata: 2\n\n"
    assert await served.ending() is ReplyEnding.FINISHED


@pytest.mark.parametrize(
    ("headers", "query"),
    [(RESET, ""), ({}, "&fault=reset:%20{after_events:%201}")],
    ids=["header", "query"],
)
async def test_fault_of_one_request(client, served, headers, query):
    async with client.get(PATH + query, headers=headers) as reply:
        assert await reply.content.readuntil(b"1\n\n") == b"data: 1\n\n"
        with pytest.raises(ClientPayloadError):
            await reply.read()
    assert await served.ending() is ReplyEnding.RESET
    async with client.get(PATH, headers=FAST) as reply:
        assert await reply.text() == "data: 1\n\ndata: 2\n\n"


async def test_faults_come_one_after_the_other(client, served):
    faults = "&fault=split:%20{every_bytes:%203}&fault=cut:%20{after_bytes:%204}&speed=0"
    async with client.get(PATH + faults) as reply:
        with pytest.raises(ClientPayloadError):
            await reply.read()
    entry = await served.entry()
    assert entry.ending is ReplyEnding.CUT
    assert b"3\r\ndat\r\n1\r\na\r\n" in b"".join(write.data for write in entry.writes)


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        (
            {"X-Mock-Speed": "-1"},
            "X-Mock-Speed: wanted 0 or a number from 0.000001 to 1000000000, got '-1'",
        ),
        (
            {"X-Mock-Speed": "fast"},
            "X-Mock-Speed: wanted 0 or a number from 0.000001 to 1000000000, got 'fast'",
        ),
        (
            {"X-Mock-Speed": "nan"},
            "X-Mock-Speed: wanted 0 or a number from 0.000001 to 1000000000, got 'nan'",
        ),
        ({"X-Mock-Speed": "5e-324"}, f"{WANTED}, got '5e-324'"),
        ({"X-Mock-Fault": "reset"}, "X-Mock-Fault: wanted an object, got 'reset'"),
        (
            {"X-Mock-Fault": "rest: {after_events: 1}"},
            "X-Mock-Fault: rest: unknown key 'rest' (did you mean 'reset'?)",
        ),
        (
            {"X-Mock-Fault": "reset: {after_events: -1}"},
            "X-Mock-Fault: reset.after_events: wanted a number of at least 0, got -1",
        ),
        (
            {"X-Mock-Fault": "reset: {after_events: 1, after_bytes: 1}"},
            "X-Mock-Fault: reset: wanted exactly one of after_events",
        ),
        ({"X-Mock-Fault": "{"}, "X-Mock-Fault: wanted a value here"),
        (
            {"X-Mock-Fault": "reset: {after_events: 9}"},
            "'it' cannot be played for this request: never reached: the stream has 2 events",
        ),
    ],
)
async def test_wish_that_makes_no_sense_is_400(client, headers, message):
    async with client.get(PATH, headers=headers) as reply:
        assert reply.status == 400
        assert (await reply.json())["error"].startswith(message)


DOCUMENT = Path(str(files("streamproof.contracts"))) / "openapi" / "ai-service.openapi.yaml"


def described():
    """Return what each operation of the document that asks a question takes, by its place."""
    document = DOCUMENT
    document = load_yaml(DOCUMENT).value
    for path, item in document["paths"].items():
        if path.endswith("/chat/stream"):
            for method in ("get", "post"):
                given = [*item["parameters"], *item[method].get("parameters", ())]
                found = [one["$ref"].rpartition("/")[2] for one in given if "$ref" in one]
                named = [document["components"]["parameters"][name] for name in found]
                yield {(one["in"], one["name"]): one for one in named}


@pytest.mark.parametrize(("header", "key"), [SPEED, FAULT])
def test_document_describes_every_wish_of_a_request(header, key):
    operations = list(described())
    assert len(operations) == 4
    for operation in operations:
        assert {("header", header), ("query", key)} <= operation.keys()


def test_document_describes_no_wish_that_is_not_read():
    wishes = {name for one in described() for _, name in one if name.startswith("X-Mock-")}
    assert wishes == {SPEED[0], FAULT[0]}


@pytest.mark.parametrize("speed", [0, 1e-6, 0.5, 10, 1e9, -1, 1e-7, 1e10])
async def test_document_allows_the_speeds_that_are_taken(speed):
    schema = next(described())["header", SPEED[0]]["schema"]
    allowed = Draft202012Validator(schema).is_valid(speed)
    taken = False
    with suppress(InvalidRequest):
        overrides = await read_overrides(sample_request(headers=((SPEED[0], str(speed)),)))
        taken = overrides.speed == speed
    assert allowed == taken


async def test_example_of_the_document_is_a_fault():
    operation = next(described())
    for place in (("header", FAULT[0]), ("query", FAULT[1])):
        headers = ((FAULT[0], operation[place]["example"]),)
        assert len((await read_overrides(sample_request(headers=headers))).faults) == 1


async def test_old_key_of_a_fault_is_read():
    headers = ((FAULT[0], "cut: {after_events: 1, owing: 2}"),)
    overrides = await read_overrides(sample_request(headers=headers))
    assert overrides.faults == (Cut(after_events=1, missing_bytes=2),)
