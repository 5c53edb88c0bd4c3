"""The bytes that the driver writes to a real socket, read by a plain client."""

import asyncio

import pytest

from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.app import MOCK, create_app
from streamproof.mock_ai.http1.writer import lay_out
from streamproof.mock_ai.journal.journal import JournalEntry, ReplyEnding
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan
from streamproof.mock_ai.scenario.model import Reply
from tests.mock_ai.mock_fixture import library, mock, scenario
from tests.mock_ai.raw_client import FIN, connection, exchange
from tests.mock_ai.sample_requests import sample_context

PATH = "/s/it/chat/stream?question=hi"
HEAD = (
    b"HTTP/1.1 200 OK\r\n"
    b"Content-Type: text/event-stream; charset=utf-8\r\n"
    b"Cache-Control: no-cache, no-transform\r\n"
    b"X-Accel-Buffering: no\r\n"
    b"Vary: Origin\r\n"
)
TWO = 'steps: [{raw: "data: 1\\n\\n"}, {raw: "data: 2\\n\\n"}]'
ONE_CHUNK = b"9\r\ndata: 1\n\n\r\n"
TWO_CHUNKS = ONE_CHUNK + b"9\r\ndata: 2\n\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"


async def test_every_byte_is_as_planned_with_one_chunk_per_step():
    async with mock(scenario(TWO)) as served, connection(served.url) as raw:
        await raw.ask(PATH)
        assert await raw.until(LAST_CHUNK) == (
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + TWO_CHUNKS + LAST_CHUNK
        )


async def test_connection_can_be_used_again_after_a_finished_reply():
    async with mock(scenario(TWO)) as served, connection(served.url) as raw:
        for _ in range(3):
            await raw.ask(PATH)
            assert (await raw.until(LAST_CHUNK)).endswith(TWO_CHUNKS + LAST_CHUNK)
        await raw.ask("/healthz")
        assert b'{"status": "ok"}' in await raw.until(b"}")
        assert [entry.ending for entry in served.journal] == [ReplyEnding.FINISHED] * 3


async def test_pipelined_requests_are_answered_in_order():
    async with mock(scenario(TWO)) as served, connection(served.url) as raw:
        request = f"GET {PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        await raw.send(request * 2)
        for _ in range(2):
            assert (await raw.until(LAST_CHUNK)).endswith(TWO_CHUNKS + LAST_CHUNK)


async def test_client_that_sends_connection_close_gets_a_close():
    async with mock(scenario(TWO)) as served, connection(served.url) as raw:
        await raw.send(f"GET {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert b"\r\nConnection: close\r\n" in await raw.until(b"\r\n\r\n")
        assert await raw.rest() == (TWO_CHUNKS + LAST_CHUNK, FIN)


async def test_http_1_0_client_gets_a_body_that_ends_with_the_connection():
    async with mock(scenario(TWO)) as served:
        head, body, ending = await exchange(served.url, PATH, version="1.0")
        assert head.startswith(b"HTTP/1.0 200 OK\r\n")
        assert b"chunked" not in head
        assert (body, ending) == (b"data: 1\n\ndata: 2\n\n", FIN)
        assert await served.ending() is ReplyEnding.FINISHED


async def test_head_request_gets_only_the_head():
    async with mock(scenario(TWO)) as served, connection(served.url) as raw:
        await raw.ask(PATH, method="HEAD")
        assert await raw.until(b"\r\n\r\n") == HEAD + b"\r\n"
        await raw.ask("/healthz")
        assert (await raw.until(b"\r\n")).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    ("length", "ending"),
    [pytest.param(18, None, id="right"), pytest.param(40, FIN, id="too long")],
)
async def test_given_content_length_is_sent_and_the_body_is_not_chunked(length, ending):
    text = scenario(f"content_length: {length}\n{TWO}")
    async with mock(text) as served, connection(served.url) as raw:
        await raw.ask(PATH)
        assert f"Content-Length: {length}\r\n".encode() in await raw.until(b"\r\n\r\n")
        assert await raw.until(b"data: 2\n\n") == b"data: 1\n\ndata: 2\n\n"
        if ending is None:
            await raw.ask("/healthz")
            assert (await raw.until(b"\r\n")).startswith(b"HTTP/1.1 200 OK")
        else:
            assert await raw.rest() == (b"", ending)


@pytest.mark.parametrize("status", [204, 304])
async def test_status_without_a_body_is_only_a_head(status):
    text = scenario(f"status: {status}\nsteps: []")
    async with mock(text) as served, connection(served.url) as raw:
        await raw.ask(PATH)
        head = await raw.until(b"\r\n\r\n")
        assert b"chunked" not in head
        await raw.ask("/healthz")
        assert (await raw.until(b"\r\n")).startswith(b"HTTP/1.1 200 OK")


async def test_server_of_pytest_aiohttp_sends_the_same_body(aiohttp_client):
    client = await aiohttp_client(create_app(library(scenario(TWO))))
    async with client.get(PATH) as response:
        assert await response.read() == b"data: 1\n\ndata: 2\n\n"


class Unwritable:
    """A wire that nothing may write to."""

    full = False


async def test_reply_that_was_planned_while_the_group_closed_does_not_begin():
    async with mock(scenario(TWO)) as served:
        group = served.app[MOCK].runs.unnamed.group
        served.app[MOCK].runs.close()
        entry = group.journal.add(JournalEntry(sample_context()))
        script = lay_out(plan(Reply(())), Framing.CHUNKED)
        playing = asyncio.create_task(group.play(script, Unwritable(), entry))  # type: ignore[arg-type]  # a fake wire
        with pytest.raises(asyncio.CancelledError):
            await playing
    assert (entry.ending, entry.written) == (ReplyEnding.SERVER_STOPPED, 0)


class BrokenWire:
    """A wire whose client has left."""

    full = False

    def write(self, data):
        """Fail."""
        raise ConnectionResetError("the client left")


async def test_client_that_left_ends_the_reply():
    async with mock(scenario(TWO)) as served:
        group = served.app[MOCK].runs.unnamed.group
        entry = group.journal.add(JournalEntry(sample_context()))
        script = lay_out(plan(load_scenario(scenario(TWO)).reply), Framing.CHUNKED)
        entry.actions = script.with_head((), http_1_0=False, keep_alive=True)
        with pytest.raises(ConnectionResetError):
            await group.play(script, BrokenWire(), entry)  # type: ignore[arg-type]  # a fake wire
    assert (entry.ending, group.streams) == (ReplyEnding.CLIENT_LEFT, ())


async def test_slow_reader_gets_every_byte():
    size = 16_000_000
    big = f"steps: [{{content: {{text: x, times: {size}}}}}]"
    async with mock(scenario(big)) as served, connection(served.url) as raw:
        raw.stop_reading()
        await raw.ask(PATH)
        [entry] = await served.journal.wait_for(lambda journal: [*journal] or None)
        await asyncio.sleep(0.05)  # until the buffers of the kernel are full
        assert entry.ending is None
        raw.read_on()
        assert (await raw.until(b'x"}\n\n\r\n0\r\n\r\n')).count(b"x") > size
        assert await served.ending() is ReplyEnding.FINISHED
