"""How a reply ends: as scripted (FIN or RST), with its client, or with the server."""

import asyncio

import pytest

from streamproof.mock_ai.journal.journal import ReplyEnding
from tests.mock_ai.mock_fixture import JumpingClock, mock, scenario
from tests.mock_ai.raw_client import FIN, RST, connection, exchange

PATH = "/s/it/chat/stream?question=hi"
TWO = 'steps: [{raw: "data: 1\\n\\n"}, {raw: "data: 2\\n\\n"}]'
ONE_CHUNK = b"9\r\ndata: 1\n\n\r\n"
STALL = f"{TWO}\nfaults: [{{stall: {{after_events: 1}}}}]"
SLOW = 'steps: [{raw: "data: 1\\n\\n"}, {wait_ms: 3600000}, end]'


@pytest.mark.parametrize(
    ("fault", "ending", "ended"),
    [("cut", FIN, ReplyEnding.CUT), ("reset", RST, ReplyEnding.RESET)],
)
async def test_fault_ends_the_connection_by_fin_or_rst(fault, ending, ended):
    async with mock(scenario(f"{TWO}\nfaults: [{{{fault}: {{after_events: 1}}}}]")) as served:
        _, body, seen = await exchange(served.url, PATH)
        assert (body, seen) == (ONE_CHUNK, ending)
        entry = await served.entry()
        assert (entry.ending, entry.scripted) == (ended, True)


async def test_reset_waits_until_a_large_body_has_arrived():
    size = 3_000_000
    big = f"steps: [{{content: {{text: x, times: {size}}}}}]"
    async with mock(scenario(f"{big}\nfaults: [{{reset: {{after_events: 1}}}}]")) as served:
        _, body, seen = await exchange(served.url, PATH)
        assert seen == RST
        assert len(body) > size
        assert body.endswith(b'"}\n\n\r\n')


async def test_reset_gives_up_on_a_client_that_never_reads():
    big = "steps: [{content: {text: x, times: 200000}}]"
    text = scenario(f"{big}\nfaults: [{{reset: {{after_bytes: 190000}}}}]")
    async with mock(text, clock=JumpingClock()) as served, connection(served.url) as raw:
        raw.stop_reading()
        await raw.ask(PATH)
        assert await served.ending() is ReplyEnding.RESET


@pytest.mark.parametrize("keys", [STALL, SLOW], ids=["stalled", "waiting"])
async def test_client_that_leaves_ends_the_reply_immediately(keys):
    async with mock(scenario(keys)) as served:
        async with connection(served.url) as raw:
            await raw.ask(PATH)
            await raw.until(ONE_CHUNK)
        entry = await served.entry()
        assert (entry.ending, entry.scripted) == (ReplyEnding.CLIENT_LEFT, False)
        assert len(entry.writes) == 1


async def test_client_that_leaves_while_bytes_are_due_ends_the_reply():
    big = "steps: [{content: {text: x, times: 6000000}}, end]"
    async with mock(scenario(big)) as served:
        async with connection(served.url) as raw:
            await raw.ask(PATH)
            await raw.until(b"\r\n\r\n")
        assert await served.ending() is ReplyEnding.CLIENT_LEFT


async def test_client_that_leaves_causes_no_log_record(caplog):
    async with mock(scenario(STALL)) as served:
        async with connection(served.url) as raw:
            await raw.ask(PATH)
            await raw.until(ONE_CHUNK)
        await served.entry()
    assert caplog.records == []


@pytest.mark.parametrize("keys", [STALL, SLOW], ids=["stalled", "waiting"])
async def test_stopped_server_ends_the_reply(keys):
    async with mock(scenario(keys)) as served:
        raw = await asyncio.open_connection(*served.url.removeprefix("http://").split(":"))
        raw[1].write(f"GET {PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await raw[0].readuntil(ONE_CHUNK)
    assert await served.ending() is ReplyEnding.SERVER_STOPPED
    raw[1].transport.abort()
