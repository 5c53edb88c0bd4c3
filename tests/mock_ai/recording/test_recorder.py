"""The recording proxy passes every byte and the ending on unchanged."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from streamproof.mock_ai.actions import HangUp, Hold, start_of
from streamproof.mock_ai.errors import CannotRecord
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan
from streamproof.mock_ai.recording.exchange import ExchangeEnding, RecordedExchange
from streamproof.mock_ai.recording.recorder import recording
from streamproof.mock_ai.recording.scenario_text import scenario_text
from streamproof.mock_ai.recording.target import ProxyTarget
from tests.mock_ai.mock_fixture import mock
from tests.mock_ai.raw_client import FIN, RST, connection, exchange
from tests.mock_ai.recording.services import (
    HEAD,
    LAST_CHUNK,
    Talk,
    chunk,
    recorded,
    recorded_service,
    service,
)

FIN_ENDING, RST_ENDING = HangUp(), HangUp(reset=True)
EVENTS = [b"data: %d\n\n" % number for number in range(20)]


async def test_each_event_passes_the_proxy_before_the_next_one_is_sent():
    seen = asyncio.Semaphore(0)

    async def gated(talk: Talk) -> None:
        await talk.question()
        await talk.say(HEAD)
        for event in EVENTS:
            await seen.acquire()
            await talk.say(chunk(event))
        await seen.acquire()
        await talk.say(LAST_CHUNK)

    async with recorded_service(gated) as proxy, connection(proxy.url) as raw:
        await raw.ask("/chat/stream")
        assert await raw.until(b"\r\n\r\n") == HEAD
        for event in EVENTS:
            seen.release()
            assert await raw.until(b"\n\n\r\n") == chunk(event)
        seen.release()
        assert await raw.rest() == (LAST_CHUNK, FIN)
        got = await proxy.exchange()
    assert [write.chunks for write in got.writes] == [(event,) for event in EVENTS]
    times = [got.head_ms, *(write.at_ms for write in got.writes), got.ended_ms]
    assert times == sorted(times)


async def test_half_a_chunk_is_passed_on_before_its_other_half_is_sent():
    seen = asyncio.Event()

    async def halves(talk: Talk) -> None:
        await talk.question()
        await talk.say(HEAD, b"6\r\nabc")
        await seen.wait()
        await talk.say(b"def\r\n", LAST_CHUNK)

    async with recorded_service(halves) as proxy, connection(proxy.url) as raw:
        await raw.ask("/")
        await raw.until(b"abc")
        seen.set()
        assert await raw.rest() == (b"def\r\n" + LAST_CHUNK, FIN)
        assert (await proxy.exchange()).body == b"abcdef"


@pytest.mark.parametrize(
    ("sent", "ending", "body"),
    [
        pytest.param([chunk(b"data: 1\n\n"), LAST_CHUNK], FIN_ENDING, b"data: 1\n\n", id="clean"),
        pytest.param([chunk(b"data: 1\n\n")], FIN_ENDING, b"data: 1\n\n", id="cut"),
        pytest.param([chunk(b"data: 1\n\n")], RST_ENDING, b"data: 1\n\n", id="reset"),
        pytest.param([b"9\r\ndata"], FIN_ENDING, b"data", id="cut inside a chunk"),
        pytest.param([b"9\r\ndata"], RST_ENDING, b"data", id="reset inside a chunk"),
        pytest.param([chunk(b"x"), b"0\r\n"], FIN_ENDING, b"x", id="cut inside the last chunk"),
        pytest.param([], FIN_ENDING, b"", id="cut after the head"),
        pytest.param([], RST_ENDING, b"", id="reset after the head"),
        pytest.param([chunk(b"x" * 3_000_000)], RST_ENDING, b"x" * 3_000_000, id="late reset"),
    ],
)
async def test_bytes_and_ending_reach_the_client_unchanged(sent, ending, body):
    async def answer(talk: Talk) -> None:
        await talk.question()
        await talk.say(HEAD, *sent)
        await talk.hang_up(ending)

    clean = LAST_CHUNK in sent
    async with recorded_service(answer) as proxy:
        head, rest, seen = await exchange(proxy.url, "/chat/stream")
        got = await proxy.exchange()
    assert (head, rest) == (HEAD, b"".join(sent))
    assert seen == (RST if ending.reset else FIN)
    wanted = (
        ExchangeEnding.FINISHED
        if clean
        else ExchangeEnding.RESET
        if ending.reset
        else ExchangeEnding.CUT
    )
    assert (got.ending, got.body) == (wanted, body)


async def read_reply(sent: bytes, *, reset: bool = False) -> RecordedExchange:
    """Record a reply of these bytes, and check that the client got them."""

    async def answer(talk: Talk) -> None:
        await talk.question()
        await talk.say(sent)
        await talk.hang_up(HangUp(reset=reset))

    async with recorded_service(answer) as proxy, connection(proxy.url) as raw:
        await raw.ask("/")
        assert (await raw.rest())[0] == sent
        return await proxy.exchange()


@pytest.mark.parametrize(
    ("head", "ending"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", ExchangeEnding.FINISHED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", ExchangeEnding.CUT),
        (b"HTTP/1.1 200 OK\r\n\r\n", ExchangeEnding.FINISHED),
        (b"HTTP/1.0 200 OK\r\n\r\n", ExchangeEnding.FINISHED),
        (
            b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
            ExchangeEnding.FINISHED,
        ),
        (b"HTTP/1.1 200 OK\nContent-Length: 3\n\n", ExchangeEnding.FINISHED),
    ],
    ids=["length", "length not reached", "until closed", "1.0", "early hints", "bare LF"],
)
async def test_a_body_without_chunks_ends_by_its_framing(head, ending):
    got = await read_reply(head + b"abc")
    assert (got.status, got.ending, got.body) == (200, ending, b"abc")


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
@pytest.mark.parametrize(("reset", "ending"), [(False, FIN), (True, RST)], ids=[FIN, RST])
async def test_the_mock_replays_a_body_that_ends_with_the_connection(reset, ending, version):
    sent = b"HTTP/" + version + b" 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n"
    got = await read_reply(sent, reset=reset)
    assert got.ending is (ExchangeEnding.RESET if reset else ExchangeEnding.FINISHED)
    async with mock(scenario_text(got, name="it", origin="a test")) as served:
        head, body, seen = await exchange(served.url, "/s/it/chat/stream?question=hi")
    assert head.startswith(b"HTTP/" + version + b" 200 OK\r\n")
    assert (body, seen) == (b"data: 1\n\n", ending)


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(b"a\r\ndata", id="inside a chunk"),
        pytest.param(b"4\r\ndata", id="before its line end"),
        pytest.param(b"1f\r\n", id="after a size"),
        pytest.param(b"zz\r\n", id="after an invalid size"),
    ],
)
async def test_the_mock_replays_a_service_that_dies_inside_a_chunk(end):
    sent = chunk(b"data: 1\n\n") + end
    got = await read_reply(HEAD + sent)
    async with mock(scenario_text(got, name="it", origin="a test")) as served:
        _, body, seen = await exchange(served.url, "/s/it/chat/stream?question=hi")
    assert (body, seen) == (sent, FIN)


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
async def test_a_reply_without_a_body_is_complete_after_its_head(status):
    got = await read_reply(b"HTTP/1.1 %b\r\n\r\n" % status)
    assert (got.ending, got.reads) == (ExchangeEnding.FINISHED, ())


@pytest.mark.parametrize(
    "broken",
    [b"zz\r\nabc\r\n", b"3\r\nabcd\r\n", b"-1\r\n\r\n", b";" * 9_000],
    ids=["not a number", "too long", "negative", "endless line"],
)
async def test_invalid_framing_is_still_passed_on(broken):
    got = await read_reply(HEAD + chunk(b"data: 1\n\n") + broken)
    assert got.ending is ExchangeEnding.CUT
    assert "not HTTP" in (got.note or "")
    assert got.body.startswith(b"data: 1\n\n")


@pytest.mark.parametrize(
    ("sent", "ending", "problem"),
    [
        (b"HTTP/1.1 200 OK\r\n", FIN_ENDING, "closed"),
        (b"not HTTP\r\n\r\n", FIN_ENDING, "not a status line"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x00", FIN_ENDING, "another protocol"),
    ],
    ids=["half a head", "not HTTP", "upgraded"],
)
async def test_a_reply_without_a_valid_head_is_reported_as_a_problem(sent, ending, problem):
    async def answer(talk: Talk) -> None:
        await talk.question()
        await talk.say(sent)
        await talk.hang_up(ending)

    async with recorded_service(answer) as proxy, connection(proxy.url) as raw:
        await raw.ask("/")
        assert await raw.rest() == (sent, RST if ending.reset else FIN)
        finished = await proxy.reports.get()
    assert finished.exchange is None
    assert problem in finished.problem


@pytest.mark.parametrize(
    ("hang_up", "ending"),
    [
        (FIN_ENDING, ExchangeEnding.CUT),
        (RST_ENDING, ExchangeEnding.RESET),
        (None, ExchangeEnding.OPEN),
    ],
    ids=["closed", "reset", "silent"],
)
async def test_a_service_that_sends_nothing_is_recorded_as_a_fault(hang_up, ending):
    asked = asyncio.Event()

    async def answer(talk: Talk) -> None:
        await talk.question()
        asked.set()
        if hang_up:
            await talk.hang_up(hang_up)
        else:
            with suppress(ConnectionResetError):
                await talk.reader.read()

    async with recorded_service(answer) as proxy:
        async with connection(proxy.url) as raw:
            await raw.ask("/")
            await asked.wait()
            if hang_up:
                assert await raw.rest() == (b"", RST if hang_up.reset else FIN)
        got = await proxy.exchange()
    assert (got.answered, got.ending, got.body) == (False, ending, b"")
    planned = plan(load_scenario(scenario_text(got, name="it", origin="a test")).reply)
    assert not start_of(planned).sent
    assert planned[1:] == ((hang_up,) if hang_up else (Hold(), HangUp()))


async def test_a_client_that_leaves_ends_the_service_connection_and_the_recording():
    left = asyncio.Event()

    async def endless(talk: Talk) -> None:
        await talk.question()
        await talk.say(HEAD, chunk(b"data: 1\n\n"))
        with suppress(ConnectionResetError):
            assert await talk.reader.read() == b""
        left.set()

    async with recorded_service(endless) as proxy:
        async with connection(proxy.url) as raw:
            await raw.ask("/")
            await raw.until(b"1\n\n\r\n")
        got = await proxy.exchange()
        await left.wait()
    assert (got.ending, got.body) == (ExchangeEnding.OPEN, b"data: 1\n\n")
    assert "client left" in (got.note or "")


async def test_a_stopped_recording_keeps_the_bytes_until_then():
    async def endless(talk: Talk) -> None:
        await talk.question()
        await talk.say(HEAD, chunk(b"data: 1\n\n"))
        await talk.reader.read()

    async with service(endless) as upstream:
        async with recorded(upstream) as proxy:
            raw = await asyncio.open_connection(*proxy.url.removeprefix("http://").split(":"))
            raw[1].write(b"GET / HTTP/1.1\r\n\r\n")
            await raw[0].readuntil(b"1\n\n\r\n")
        got = await proxy.exchange()
        raw[1].transport.abort()
    assert (got.ending, got.body) == (ExchangeEnding.OPEN, b"data: 1\n\n")


async def test_the_service_gets_the_request_with_only_connection_headers_changed():
    requests: list[bytes] = []

    async def answer(talk: Talk) -> None:
        head = await talk.question()
        requests.append(head + await talk.reader.readexactly(4))
        await talk.say(b"HTTP/1.1 204 No Content\r\n\r\n")

    async with service(answer) as upstream, recorded(f"{upstream}/base/") as proxy:
        async with connection(proxy.url) as raw:
            await raw.send(
                b"POST /chat?q=%20a HTTP/1.1\r\nHost: localhost:1\r\nX-Odd:  a \r\n"
                b"Accept-Encoding: gzip\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\n"
            )
            await raw.send(b"body")
            await raw.rest()
        got = await proxy.exchange()
    host = upstream.removeprefix("http://").encode()
    assert requests == [
        b"POST /base/chat?q=%20a HTTP/1.1\r\nHost: " + host + b"\r\nX-Odd: a\r\n"
        b"Content-Length: 4\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\nbody"
    ]
    assert (got.request.method, got.request.target, got.request.body) == (
        "POST",
        "/chat?q=%20a",
        b"body",
    )


async def test_an_unreachable_service_gives_a_502_and_a_report():
    async with recorded("http://127.0.0.1:9") as proxy:
        head, body, _ = await exchange(proxy.url, "/")
        finished = await proxy.reports.get()
    assert head.startswith(b"HTTP/1.1 502 ")
    assert b"127.0.0.1:9" in body
    assert "cannot be reached" in finished.problem


@pytest.mark.parametrize(
    ("request_line", "host", "status"),
    [
        ("GET / HTTP/1.1", "localhost:8788", b"204"),
        ("GET / HTTP/1.1", "127.0.0.1", b"204"),
        ("GET / HTTP/1.1", "[::1]:80", b"204"),
        ("GET / HTTP/1.1", "rebound.example.com", b"403"),
        ("GET / HTTP/1.1", "[", b"403"),
        ("GET http://other.example.com/ HTTP/1.1", "localhost", b"400"),
        ("CONNECT other.example.com:443 HTTP/1.1", "localhost", b"400"),
        ("nonsense", "localhost", b"400"),
    ],
)
async def test_only_requests_for_a_path_on_a_loopback_host_are_accepted(request_line, host, status):
    async def answer(talk: Talk) -> None:
        await talk.question()
        await talk.say(b"HTTP/1.1 204 No Content\r\n\r\n")

    async with (
        service(answer) as upstream,
        recording(ProxyTarget.parse(upstream), lambda _: None) as url,
        connection(url) as raw,
    ):
        await raw.send(f"{request_line}\r\nHost: {host}\r\n\r\n".encode())
        assert (await raw.rest())[0].split()[1] == status


async def test_an_address_for_other_machines_needs_public():
    upstream = ProxyTarget.parse("http://127.0.0.1:9")
    with pytest.raises(CannotRecord, match="--public"):
        async with recording(upstream, lambda _: None, host="0.0.0.0"):  # noqa: S104  # refused
            pass
    async with recording(upstream, lambda _: None, host="0.0.0.0", public=True):  # noqa: S104  # for a moment
        pass


@pytest.mark.parametrize(
    "url", ["ftp://x", "localhost:80", "http://", "http://u:p@h", "http://h?x=1", "http://h:99999"]
)
def test_an_invalid_upstream_is_rejected(url):
    with pytest.raises(CannotRecord, match="upstream"):
        ProxyTarget.parse(url)
