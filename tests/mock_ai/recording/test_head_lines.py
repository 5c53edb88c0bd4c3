"""The head of a recorded reply: what the mock replays has the same head, framing and trailers."""

import pytest

from streamproof.mock_ai.actions import HangUp
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.recording.exchange import RecordedExchange
from streamproof.mock_ai.recording.scenario_text import scenario_text
from tests.mock_ai.mock_fixture import mock
from tests.mock_ai.raw_client import FIN, connection, exchange
from tests.mock_ai.recording.services import Talk, recorded_service

TYPE = b"Content-Type: text/event-stream\r\n"
CHUNK = b"9\r\ndata: 1\n\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"
MOCK = b"Vary: Origin\r\n"
CLOSING = "/s/it/chat/stream?question=hi&fault=close:%20%7B%7D"


async def record(sent: bytes) -> RecordedExchange:
    """Record a service that sends bytes and closes the connection."""

    async def answer(talk: Talk) -> None:
        await talk.question()
        await talk.say(sent)
        await talk.hang_up(HangUp())

    async with recorded_service(answer) as proxy, connection(proxy.url) as raw:
        await raw.ask("/")
        assert (await raw.rest())[0] == sent
        return await proxy.exchange()


async def test_head_without_headers_is_recorded():
    found = scenario_text(await record(b"HTTP/1.1 204 No Content\r\n\r\n"), name="it", origin="x")
    assert load_scenario(found).reply.status == 204


@pytest.mark.parametrize(
    ("head", "body"),
    [
        pytest.param(b"Content-Length: 9\r\n", b"data: 1\n\n", id="length"),
        pytest.param(b"Transfer-Encoding: chunked\r\n", CHUNK + LAST_CHUNK, id="chunks"),
        pytest.param(
            b"Content-Length: 10\r\nTransfer-Encoding: chunked\r\n",
            CHUNK * 3 + LAST_CHUNK,
            id="both lengths",
        ),
        pytest.param(b"Transfer-Encoding: x, chunked\r\n", CHUNK + LAST_CHUNK, id="another coding"),
        pytest.param(
            b"Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n",
            CHUNK + b"0\r\nX-Sum: 4f\r\nX-Sum: 50\r\n\r\n",
            id="trailers",
        ),
        pytest.param(
            b"Transfer-Encoding: chunked\r\n",
            CHUNK + b"0\r\nX-Sum: 4f\r\n\r\n",
            id="trailers that are not announced",
        ),
        pytest.param(
            b"Transfer-Encoding: chunked\r\n",
            b"9;a=b\r\ndata: 1\n\n\r\n0;a=b\r\n\r\n",
            id="chunk extension",
        ),
    ],
)
@pytest.mark.parametrize(
    "interim",
    [b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 199 Odd\r\n\r\n"],
    ids=["", "interim replies"],
)
async def test_the_mock_replays_the_same_bytes(interim, head, body):
    sent = interim + b"HTTP/1.1 200 OK\r\n" + TYPE + head + b"\r\n" + body
    text = scenario_text(await record(sent), name="it", origin="a test")
    async with mock(text) as served, connection(served.url) as raw:
        await raw.ask(CLOSING)
        got, ending = await raw.rest()
    assert ending == FIN
    assert sorted(got.replace(MOCK, b"").split(b"\r\n")) == sorted(sent.split(b"\r\n"))


async def test_both_lengths_have_a_note_in_the_file():
    sent = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n"
    text = scenario_text(await record(sent + CHUNK + LAST_CHUNK), name="it", origin="a test")
    assert "# The service sent Content-Length and chunks; the chunks decide" in text
    assert load_scenario(text).reply.chunked


async def test_length_without_a_body_is_replayed():
    sent = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n"
    text = scenario_text(await record(sent), name="it", origin="a test")
    async with mock(text) as served:
        head, body, _ = await exchange(served.url, CLOSING)
    assert b"Content-Length: 10\r\n" in head
    assert body == b""
