"""The fast path gives the same bytes, and the same journal, as aiohttp does."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Final

import pytest
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpRequestParser
from hypothesis import given, settings
from hypothesis import strategies as st

from streamproof.mock_ai.app import JOURNAL, MOCK, create_app, serving
from streamproof.mock_ai.journal.journal import ReplyEnding
from streamproof.mock_ai.planning.script_cache import ScriptCache
from streamproof.mock_ai.serving.answer import answer
from streamproof.mock_ai.serving.fast_path import MAX_WAITING_BYTES, FastPathServer, read_ordinary
from streamproof.mock_ai.serving.runs import NO_RUN
from tests.mock_ai.mock_fixture import library, mock, plainly_serving, scenario
from tests.mock_ai.raw_client import FIN, connection

TEXTS: Final = (
    scenario("steps: [{content: [hi, you]}]", "it"),
    scenario("when: {question: ruled}\nsteps: [{content: by rule}]", "ruled"),
    scenario("faults: [{reset: {after_events: 1}}]\nsteps: [{content: [a, b]}]", "broken"),
    scenario("steps: [{raw: before}, {hold: until-released}, {raw: after}]", "holds"),
)
HI: Final = '{"question": "hi", "messageId": "1"}'


async def outcome(serve, request):
    """Return what a client gets, how that ends, and what the journal has of it."""
    app = create_app(library(*TEXTS), default="it")
    async with serve(app) as url, connection(url) as client:
        await client.send(request)
        got, end = await client.rest()
        noted = [(e.request, e.run, e.scenario, e.attempt, e.speed, e.ending) for e in app[JOURNAL]]
    return got, end, noted


def post(path, *headers, body=HI, close=True):
    """Return a request, after which the connection closes."""
    more = [f"Content-Length: {len(body)}", "Content-Type: application/json"]
    more += ["Connection: close"] if close else []
    lines = [f"POST {path} HTTP/1.1", "Host: x", *headers, *more]
    return "\r\n".join([*lines, "", body]).encode()


def get(path, *headers):
    """Return a request without a body, after which the connection closes."""
    lines = [f"GET {path} HTTP/1.1", "Host: x", *headers, "Connection: close"]
    return "\r\n".join([*lines, "", ""]).encode()


ORDINARY: Final = {
    "the default": post("/chat/stream"),
    "a prefix": post("/s/broken/chat/stream"),
    "a run": post("/run/r.1/s/it/chat/stream"),
    "a run in the question": post("/chat/stream", body='{"question": "hi [run:2]"}'),
    "a query": post("/chat/stream?scenario=broken&speed=2"),
    "an empty query": post("/chat/stream?"),
    "headers": post("/chat/stream", "X-Scenario: it", "X-Mock-Fault: {cut: {after_events: 1}}"),
    "a slash at the end": post("/chat/stream/"),
    "blanks around a value": post("/chat/stream", "X-Scenario: \t it \t "),
    "an empty value": post("/chat/stream", "X-Empty:"),
    "names in small letters": post("/chat/stream", "x-scenario: it", "te: trailers"),
    "a rule": post("/chat/stream", body='{"question": "ruled"}'),
    "a page": post("/chat/stream", "Origin: http://localhost:5173"),
    "another path": post("/run/r.1/s/it/v1/models/m:streamGenerateContent?alt=sse"),
    "another path by GET": get("/mcp/", "X-Scenario: it"),
    "nothing by GET": get("/mcp"),
    "the URL of a scenario": get("/s/it"),
    "a name in capitals": post("/s/IT/chat/stream"),
    "no such scenario": post("/s/if/chat/stream", "Origin: http://localhost:5173"),
    "no JSON": post("/chat/stream", body="{"),
    "no body": post("/chat/stream", body=""),
    "no type": post("/chat/stream").replace(b"Content-Type", b"X-Type"),
    "a wrong speed": post("/chat/stream", "X-Mock-Speed: -1"),
    "a GET": get("/s/it/chat/stream?question=hi"),
    "a GET with escapes": get("/chat/stream?question=h%C3%AF+you%26me&question=two&chatRoomId=a+b"),
    "a GET without a question": get("/chat/stream"),
    "a GET with a body": post("/chat/stream?question=hi").replace(b"POST", b"GET"),
}
UNUSUAL: Final = {
    "an escaped name": post("/s/%69t/chat/stream"),
    "dots": post("/s/it/../chat/stream"),
    "no path": post("/"),
    "a page of the mock": get("/run/r/__mock/journal"),
    "a fragment": post("/chat/stream?scenario=it#there"),
    "a whole URL": post("http://x/chat/stream"),
    "a question before the body": post("/chat/stream", "Expect: 100-continue"),
    "another way to close": post("/chat/stream", "Connection: close, x", close=False),
    "a header twice": post("/chat/stream", "Origin: http://localhost:1", "Origin: http://x"),
    "a value that is not ASCII": post("/chat/stream", "X-Name: \xe9"),
    "a length with a zero": post("/chat/stream").replace(b"Length: 3", b"Length: 03"),
    "chunks": b"POST /chat/stream HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n12\r\n%b\r\n0\r\n\r\n"
    % b'{"question": "hi"}',
    "a header for proxies": post("/chat/stream", "Proxy-Connection: close", close=False),
    "a header of old sockets": post("/chat/stream", "Sec-WebSocket-Key1: x"),
    "very many headers": post("/chat/stream", *(f"X-{n}: y" for n in range(130))),
    "HTTP/1.0": post("/chat/stream").replace(b"HTTP/1.1", b"HTTP/1.0"),
    "HEAD": post("/chat/stream?question=hi", body="").replace(b"POST", b"HEAD"),
    "a head of many lines": post("/chat/stream", *(f"X-{n}: {'y' * 1_000}" for n in range(9))),
    "another page of the mock": get("/healthz"),
}


@pytest.mark.parametrize("request_bytes", ORDINARY.values(), ids=ORDINARY)
async def test_ordinary_request_gets_the_same_reply_on_both_paths(request_bytes):
    assert read_ordinary(request_bytes) is not None
    assert await outcome(serving, request_bytes) == await outcome(plainly_serving, request_bytes)


@pytest.mark.parametrize("request_bytes", UNUSUAL.values(), ids=UNUSUAL)
async def test_unusual_request_is_handed_over_to_aiohttp(request_bytes):
    assert read_ordinary(request_bytes) is None
    got, end, noted = await outcome(serving, request_bytes)
    assert got
    assert (end, noted) == (await outcome(plainly_serving, request_bytes))[1:]


async def test_ordinary_request_does_not_reach_aiohttp():
    app = create_app(library(*TEXTS))
    fast_path = FastPathServer(None, app[MOCK])  # type: ignore[arg-type]  # nothing may use it
    async with await asyncio.get_running_loop().create_server(fast_path, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        async with connection(f"http://127.0.0.1:{port}") as client:
            for _ in range(2):
                await client.send(post("/s/it/chat/stream", close=False))
                assert (await client.until(b"0\r\n\r\n")).startswith(b"HTTP/1.1 200 OK\r\n")
        await fast_path.close()


NAMES: Final = st.from_regex(r"\A[!#$%&'*+.^_`|~0-9A-Za-z-]{1,9}\Z")
VALUES: Final = st.from_regex(r"\A[\t -~]{0,20}\Z")
TARGETS: Final = st.sampled_from(["/chat/stream", "/s/it/chat/stream", "/run/a/chat/stream"])
QUERIES: Final = st.one_of(st.just(""), st.from_regex(r"\A\?[!-\"$-~]{0,20}\Z"))


@settings(max_examples=25)
@given(TARGETS, QUERIES, st.dictionaries(NAMES, VALUES, max_size=4), st.booleans())
async def test_request_is_read_as_aiohttp_reads_it(target, query, headers, posted):
    lines = [f"{'POST' if posted else 'GET'} {target}{query} HTTP/1.1", "Host: x"]
    lines += [f"{name}:{value}" for name, value in headers.items()]
    lines += ["Content-Length: 2"] if posted else []
    data = "\r\n".join([*lines, "", "{}" if posted else ""]).encode()
    read = read_ordinary(data)
    if read is None:
        return
    [message, _], *_ = parser().feed_data(data)[0]
    assert read.method == message.method
    assert read.target == message.path
    sent = [(name.decode(), value.decode().strip(" \t")) for name, value in message.raw_headers]
    assert list(read.headers) == sent
    assert (read.query or {}) == message.url.query
    assert read.keep_alive is not message.should_close


def parser():
    """Return aiohttp's own parser of requests."""
    loop = asyncio.get_running_loop()
    return HttpRequestParser(BaseProtocol(loop), loop, 65_536)


async def received_everything(served):
    """Wait until the server has read what was sent before, on any connection."""
    async with connection(served.url) as other:
        await other.ask("/healthz")
        await other.until(b"}")


async def test_requests_that_arrive_during_a_reply_are_answered_in_order():
    async with mock(*TEXTS) as served, connection(served.url) as client:
        await client.send(post("/s/holds/chat/stream", close=False))
        await client.until(b"before\r\n")
        await client.send(post("/s/it/chat/stream", close=False))
        await received_everything(served)
        await client.send(get("/healthz"))
        await received_everything(served)
        [live] = served.app[MOCK].runs[NO_RUN].group.streams
        live.release()
        got, end = await client.rest()
    assert got.index(b"after") < got.index(b"you") < got.index(b'{"status": "ok"}')
    assert end == FIN


class Pausing(asyncio.Transport):
    """A transport that notes its calls."""

    def __init__(self):
        super().__init__({"socket": SimpleNamespace(setsockopt=lambda *_: None)})
        self.calls = []

    def pause_reading(self):
        """Note the call."""
        self.calls.append("pause")

    def close(self):
        """Note the call."""
        self.calls.append("close")


async def test_reading_pauses_when_a_client_sends_too_much_during_a_reply():
    fast_path = FastPathServer(None, create_app(library(*TEXTS))[MOCK])  # type: ignore[arg-type]  # no aiohttp
    connected, transport = fast_path(), Pausing()
    connected.connection_made(transport)
    connected.data_received(post("/s/holds/chat/stream"))
    connected.data_received(bytes(MAX_WAITING_BYTES))
    assert transport.calls == []
    connected.data_received(b"one more")
    assert transport.calls == ["pause"]
    connected.connection_lost(None)


async def test_server_that_stops_ends_the_replies_of_both_paths():
    app = create_app(library(*TEXTS))
    async with serving(app) as url, connection(url) as ordinary, connection(url) as unusual:
        await ordinary.send(post("/s/holds/chat/stream"))
        await unusual.send(post("/s/holds/chat/stream", "Connection: close, x", close=False))
        await asyncio.gather(ordinary.until(b"before\r\n"), unusual.until(b"before\r\n"))
    assert [entry.ending for entry in app[JOURNAL]] == [ReplyEnding.SERVER_STOPPED] * 2


class Endless(ScriptCache):
    """A cache whose plans never finish."""

    async def script(self, *_args, **_options):
        """Wait."""
        return await asyncio.get_running_loop().create_future()


@pytest.mark.parametrize("stops", [False, True], ids=["the client leaves", "the server stops"])
async def test_reply_that_is_not_planned_yet_ends_when(stops):
    app = create_app(library(*TEXTS))
    state = replace(app[MOCK], script_cache=Endless())
    request = read_ordinary(ORDINARY["a prefix"])
    assert request is not None
    answering = asyncio.create_task(answer(request, state))
    await app[JOURNAL].wait_for(lambda journal: len(journal) or None)
    if stops:
        state.runs.close()
    answering.cancel()
    await asyncio.wait([answering])
    [entry] = app[JOURNAL]
    assert entry.ending is (ReplyEnding.SERVER_STOPPED if stops else ReplyEnding.CLIENT_LEFT)


async def test_connection_that_comes_while_the_server_stops_is_closed():
    fast_path = FastPathServer(None, create_app(library(*TEXTS))[MOCK])  # type: ignore[arg-type]  # no aiohttp
    await fast_path.close()
    transport = Pausing()
    fast_path().connection_made(transport)
    assert transport.calls == ["close"]
