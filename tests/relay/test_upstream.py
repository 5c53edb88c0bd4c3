"""The upstream client against real servers that misbehave."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import socket
import tracemalloc
import zlib
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from contracts.sse import Event
from relay.connection import open_session
from relay.errors import UpstreamFailed
from relay.settings import Settings
from relay.turn import Reason
from relay.upstream import Upstream
from tests.relay.raw_server import LAST_CHUNK, STREAM, RawServer, chunk, head

if TYPE_CHECKING:
    from tests.relay.raw_server import Connection

HI = b'event: message\ndata: {"type": "content", "content": "Hi"}\n\n'
END = b'event: end\ndata: {"type": "end"}\n\n'
EVENTS = [
    Event("message", '{"type": "content", "content": "Hi"}'),
    Event("end", '{"type": "end"}'),
]
WHOLE = STREAM + chunk(HI) + chunk(END) + LAST_CHUNK
NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
SOON = 0.05
PATIENCE = 20.0  # never reached where all is well


def sends(*pieces: bytes, then: str = "close"):
    """Make a script that sends these bytes, and then closes, resets, or holds the connection."""

    async def script(connection: Connection) -> None:
        await connection.send(*pieces)
        if then == "reset":
            connection.reset()
        elif then == "hold":
            await connection.until_closed()

    return script


def floods(start: bytes, piece: bytes):
    """Make a script that sends the same piece for ever."""

    async def script(connection: Connection) -> None:
        await connection.send(start)
        while True:
            await connection.send(piece)
            await asyncio.sleep(0)

    return script


@pytest.fixture
async def serve():
    servers = []

    async def start(*scripts) -> RawServer:
        servers.append(await RawServer(*scripts).start())
        return servers[-1]

    yield start
    for server in servers:
        await server.stop()


class Client:
    """An upstream whose sleeps only remember, and what it got."""

    def __init__(self, session, url: str, *, chance: float = 1.0, **settings: Any) -> None:
        self.settings = Settings(
            ai_url=url, database="unused", jwt_secret="s" * 32, **{"attempts": 1, **settings}
        )
        self.slept: list[float] = []
        self.events: list[Event] = []
        self.has_content = False
        self.upstream = Upstream(
            session, self.settings, random=lambda: chance, sleep=self.sleep, now=lambda: NOW
        )

    async def sleep(self, seconds: float) -> None:
        """Remember."""
        self.slept.append(seconds)

    def ask(self):
        """Start one turn."""
        return self.upstream.events(
            "Cuti?", "room-1", "msg-1", "user-1", has_content=lambda: self.has_content
        )

    async def run(self) -> list[Event]:
        """Read one turn to its end."""
        async with aclosing(self.ask()) as batches:
            async for batch in batches:
                self.events += batch
        return self.events

    async def failure(self) -> UpstreamFailed:
        """Read one turn to its failure."""
        with pytest.raises(UpstreamFailed) as caught:
            await self.run()
        return caught.value

    async def reason(self) -> Reason:
        """Return why one turn failed."""
        return (await self.failure()).reason


@pytest.fixture
async def client():
    async with open_session() as session:
        yield lambda server, **settings: Client(
            session, server if isinstance(server, str) else server.url, **settings
        )


# What is asked, what is delivered.


async def test_the_question_goes_out_as_json(serve, client):
    server = await serve(sends(WHOLE))
    assert await client(server, ai_token="key").run() == EVENTS
    (request,) = server.requests
    assert request.line == "POST /chat/stream HTTP/1.1"
    assert request.body == {
        "question": "Cuti?",
        "chatRoomId": "room-1",
        "messageId": "msg-1",
        "userId": "user-1",
    }
    assert request.headers["accept"] == "text/event-stream"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["authorization"] == "Bearer key"


async def test_without_a_token_there_is_no_authorization(serve, client):
    server = await serve(sends(WHOLE))
    await client(server).run()
    assert "authorization" not in server.requests[0].headers


async def test_cookies_of_one_turn_are_not_sent_with_the_next(serve, client):
    with_cookie = WHOLE.replace(b"\r\n\r\n", b"\r\nSet-Cookie: who=someone\r\n\r\n", 1)
    server = await serve(sends(with_cookie))
    asker = client(server)
    await asker.run()
    await asker.run()
    assert ["cookie" in request.headers for request in server.requests] == [False, False]


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
async def test_cuts_make_no_difference(serve, client, size):
    async def script(connection: Connection) -> None:
        for start in range(0, len(WHOLE), size):
            await connection.send(WHOLE[start : start + size])
            await asyncio.sleep(0)

    assert await client(await serve(script)).run() == EVENTS


async def test_an_event_is_delivered_while_the_next_is_held_back(serve, client):
    seen = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.send(STREAM, chunk(HI))
        await seen.wait()
        await connection.send(chunk(END), LAST_CHUNK)

    async with aclosing(client(await serve(script)).ask()) as batches:
        assert await anext(batches) == EVENTS[:1]
        seen.set()
        assert [batch async for batch in batches] == [EVENTS[1:]]


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(WHOLE, id="chunked"),
        pytest.param(head(Content_Type="text/event-stream") + HI + END, id="until-close"),
        pytest.param(
            head(Content_Type="text/event-stream", Content_Length=str(len(HI + END))) + HI + END,
            id="content-length",
        ),
        pytest.param(b"HTTP/1.1 103 Early Hints\r\n\r\n" + WHOLE, id="early-hints"),
        pytest.param(STREAM + chunk(b": ping\n\n") + WHOLE[len(STREAM) :], id="comment-first"),
    ],
)
async def test_a_proper_end_of_the_body_is_a_normal_return(serve, client, response):
    assert await client(await serve(sends(response))).run() == EVENTS


async def test_a_clean_end_without_the_end_event_is_left_to_the_turn(serve, client):
    assert await client(await serve(sends(STREAM, chunk(HI), LAST_CHUNK))).run() == EVENTS[:1]


async def test_an_event_that_the_end_cuts_off_is_not_delivered(serve, client):
    server = await serve(sends(STREAM, chunk(HI + END[:-1]), LAST_CHUNK))
    assert await client(server).run() == EVENTS[:1]


# Compression that nobody asked for.

GZIP = head(Content_Type="text/event-stream", Transfer_Encoding="chunked", Content_Encoding="gzip")


async def test_a_gzip_body_is_decoded(serve, client):
    server = await serve(sends(GZIP, chunk(gzip.compress(HI + END)), LAST_CHUNK))
    assert await client(server).run() == EVENTS


async def test_a_flushed_gzip_event_is_delivered_at_once(serve, client):
    seen = asyncio.Event()

    async def script(connection: Connection) -> None:
        packer = zlib.compressobj(wbits=31)
        first = packer.compress(HI) + packer.flush(zlib.Z_SYNC_FLUSH)
        await connection.send(GZIP, chunk(first))
        await seen.wait()
        await connection.send(chunk(packer.compress(END) + packer.flush()), LAST_CHUNK)

    async with aclosing(client(await serve(script)).ask()) as batches:
        assert await anext(batches) == EVENTS[:1]
        seen.set()
        assert [batch async for batch in batches] == [EVENTS[1:]]


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (GZIP + chunk(b"this is no gzip" * 9) + LAST_CHUNK, Reason.aborted),
        (GZIP.replace(b"gzip", b"snappy") + chunk(HI + END) + LAST_CHUNK, None),
    ],
    ids=["broken", "unknown"],
)
async def test_a_body_that_cannot_be_decoded_gives_no_events_of_its_own(
    serve, client, response, reason
):
    asker = client(await serve(sends(response)))
    if reason is None:
        assert await asker.run() == EVENTS
    else:
        assert await asker.reason() is reason


# The five limits.


@pytest.fixture
def unreachable():
    """Give the URL of a socket whose queue of connections is full, so that none is made."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        for one in waiting:
            one.close()


async def test_the_connect_limit(client, unreachable):
    assert await client(unreachable, connect_seconds=SOON).reason() is Reason.refused


@pytest.mark.parametrize(
    "script",
    [
        sends(then="hold"),
        sends(STREAM[:-2], then="hold"),
        floods(b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    ],
    ids=["silence", "half-headers", "endless-progress"],
)
async def test_the_headers_limit(serve, client, script):
    asker = client(await serve(script), headers_seconds=SOON)
    assert await asker.reason() is Reason.headers_timeout


@pytest.mark.parametrize(
    "script",
    [
        sends(then="hold"),
        sends(STREAM, then="hold"),
        floods(STREAM, chunk(b": ping\n\n")),
        floods(STREAM, chunk(b"data: raw\n\n" * 1000)),
    ],
    ids=["no-headers", "no-body", "comments", "other-events"],
)
async def test_the_first_content_limit(serve, client, script):
    asker = client(await serve(script), first_content_seconds=SOON)
    assert await asker.reason() is Reason.first_content_timeout


async def test_the_first_content_limit_is_off_once_content_was_seen(serve, client):
    server = await serve(sends(STREAM, chunk(HI), then="hold"))
    asker = client(server, first_content_seconds=1e-9, idle_seconds=SOON)
    asker.has_content = True
    assert await asker.reason() is Reason.idle_timeout


async def test_the_idle_limit_fires_after_what_came_before(serve, client):
    asker = client(await serve(sends(STREAM, chunk(HI), then="hold")), idle_seconds=1.0)
    assert await asker.reason() is Reason.idle_timeout
    assert asker.events == EVENTS[:1]


@pytest.mark.parametrize(
    "script",
    [
        sends(then="hold"),
        sends(STREAM, chunk(HI), then="hold"),
        floods(STREAM, chunk(HI * 1000)),
    ],
    ids=["no-headers", "silence", "endless"],
)
async def test_the_turn_limit(serve, client, script):
    asker = client(await serve(script), turn_seconds=SOON)
    assert await asker.reason() is Reason.turn_timeout


async def test_a_limit_closes_the_connection(serve, client):
    server = await serve(sends(STREAM, chunk(HI), then="hold"))
    await client(server, idle_seconds=SOON).failure()
    async with asyncio.timeout(PATIENCE):
        await server.connections[0].closed.wait()


# Failures before the stream.


@pytest.mark.parametrize("status", [201, 204, 206, 400, 401, 403, 404, 418, 500, 501, 529])
async def test_another_status_is_asked_once(serve, client, status):
    server = await serve(sends(head(f"{status} X", Content_Length="0")))
    failure = await client(server, attempts=3).failure()
    assert (failure.reason, failure.detail) == (Reason.status, f"status {status}")
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(serve, client, status):
    target = await serve(sends(WHOLE))
    server = await serve(sends(head(f"{status} X", Location=target.url, Content_Length="0")))
    assert await client(server, attempts=3).reason() is Reason.redirect
    assert (len(server.requests), len(target.requests)) == (1, 0)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/event-stream",
        "text/event-stream;charset=utf-8",
        "text/event-stream; charset=UTF-8",
        'text/event-stream; charset="utf-8"; x=y',
        "text/event-stream; charset=utf8",
        "Text/Event-Stream",
    ],
)
async def test_an_event_stream_may_have_parameters(serve, client, content_type):
    response = WHOLE.replace(b"text/event-stream", content_type.encode())
    assert await client(await serve(sends(response))).run() == EVENTS


@pytest.mark.parametrize(
    "content_type",
    [
        b"text/html",
        b"text/plain; charset=utf-8",
        b"application/json",
        b"text/event-stream; charset=iso-8859-1",
        b"text/event-stream-x",
        b"x-text/event-stream",
        b"",
    ],
)
async def test_anything_else_is_not_a_stream(serve, client, content_type):
    server = await serve(sends(WHOLE.replace(b"text/event-stream", content_type)))
    assert await client(server, attempts=3).reason() is Reason.not_a_stream
    assert len(server.requests) == 1


async def test_no_content_type_is_not_a_stream(serve, client):
    server = await serve(sends(WHOLE.replace(b"Content-Type", b"X-Type")))
    assert await client(server).reason() is Reason.not_a_stream


async def test_something_that_is_no_http_is_not_a_stream(serve, client):
    server = await serve(sends(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"))
    assert await client(server).reason() is Reason.not_a_stream


@pytest.mark.parametrize("then", ["close", "reset"])
async def test_a_connection_that_breaks_before_the_headers_is_asked_once(serve, client, then):
    server = await serve(sends(then=then))
    assert await client(server, attempts=3).reason() is Reason.aborted
    assert len(server.requests) == 1


async def test_a_refused_response_is_closed(serve, client):
    server = await serve(sends(head("500 X", Content_Length="9"), b"half", then="hold"))
    await client(server).failure()
    async with asyncio.timeout(PATIENCE):
        await server.connections[0].closed.wait()


# Attempts.


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_status_that_may_pass_is_asked_again(serve, client, status):
    server = await serve(sends(head(f"{status} X", Content_Length="0")), sends(WHOLE))
    asker = client(server, attempts=3)
    assert await asker.run() == EVENTS
    assert asker.slept == [0.5]
    assert [request.body["messageId"] for request in server.requests] == ["msg-1"] * 2


async def test_the_attempts_are_counted(serve, client):
    server = await serve(sends(head("503 X", Content_Length="0")))
    failure = await client(server, attempts=4).failure()
    assert (failure.reason, len(server.requests)) == (Reason.status, 4)


@pytest.mark.parametrize(
    ("chance", "waits"), [(1.0, [1, 2, 3, 3]), (0.5, [0.5, 1, 1.5, 1.5]), (0.0, [0, 0, 0, 0])]
)
async def test_waits_double_up_to_a_bound_with_full_jitter(serve, client, chance, waits):
    server = await serve(sends(head("503 X", Content_Length="0")))
    asker = client(server, attempts=5, chance=chance, backoff_seconds=1.0, backoff_max_seconds=3.0)
    await asker.failure()
    assert asker.slept == waits


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("7", 7),
        (" 0 ", 0),
        ("Sun, 22 Nov 2026 12:00:09 GMT", 9),
        ("Sunday, 22-Nov-26 12:00:09 GMT", 9),
        ("Sun, 22 Nov 2026 12:00:09 -0000", 9),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0),
        ("soon", 0.5),
        ("-1", 0.5),
        ("1.5", 0.5),
        ("", 0.5),
        ("Sun, 99 Nov 2026 12:00:09 GMT", 0.5),
    ],
)
async def test_retry_after_is_honoured_in_seconds_and_as_a_date(serve, client, value, wait):
    busy = head("503 X", Content_Length="0", Retry_After=value)
    asker = client(await serve(sends(busy), sends(WHOLE)), attempts=2)
    assert await asker.run() == EVENTS
    assert asker.slept == [wait]


@pytest.mark.parametrize("value", ["120", "9" * 400, "Sun, 22 Nov 2027 12:00:00 GMT"])
async def test_a_wait_beyond_the_first_content_limit_is_not_begun(serve, client, value):
    server = await serve(sends(head("429 X", Content_Length="0", Retry_After=value)))
    asker = client(server, attempts=3, first_content_seconds=100.0)
    assert await asker.reason() is Reason.status
    assert (len(server.requests), asker.slept) == (1, [])


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def test_a_refused_connection_is_tried_again(client):
    asker = client(f"http://127.0.0.1:{free_port()}", attempts=3)
    assert await asker.reason() is Reason.refused
    assert asker.slept == [0.5, 1.0]


async def test_a_service_that_comes_up_between_attempts_answers(client):
    port = free_port()
    asker = client(f"http://127.0.0.1:{port}", attempts=2)
    server = RawServer(sends(WHOLE))

    async def start_server(_seconds: float) -> None:
        await server.start(port)

    asker.upstream = Upstream(
        asker.upstream._session, asker.settings, random=lambda: 1.0, sleep=start_server
    )
    assert await asker.run() == EVENTS
    await server.stop()


@pytest.mark.parametrize(
    "script",
    [
        sends(STREAM),
        sends(STREAM, then="reset"),
        sends(STREAM, chunk(HI)),
        sends(STREAM, chunk(b"H"), then="reset"),
    ],
    ids=["headers-only", "headers-reset", "event", "byte-reset"],
)
async def test_nothing_is_asked_again_after_a_200(serve, client, script):
    server = await serve(script)
    assert await client(server, attempts=3).reason() is Reason.aborted
    assert len(server.requests) == 1


# Failures in the stream.


@pytest.mark.parametrize(
    ("pieces", "then"),
    [
        ((STREAM, chunk(HI)), "close"),
        ((STREAM, chunk(HI), chunk(END)[:-5]), "close"),
        ((STREAM, chunk(HI), b"zz\r\n"), "hold"),
        ((STREAM, chunk(HI), b"3\r\nabcX"), "hold"),
        ((head(Content_Type="text/event-stream", Content_Length="999"), HI), "close"),
    ],
    ids=["no-last-chunk", "inside-a-chunk", "bad-chunk-size", "long-chunk", "short-of-its-length"],
)
async def test_a_cut_body_is_aborted_with_everything_before_it(serve, client, pieces, then):
    asker = client(await serve(sends(*pieces, then=then)))
    assert await asker.reason() is Reason.aborted
    assert asker.events == EVENTS[:1]


async def test_a_break_hides_nothing_from_a_slow_reader(serve, client):
    got_first = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.send(STREAM, chunk(HI))
        await got_first.wait()
        await connection.send(chunk(END))
        connection.writer.write_eof()
        await connection.until_closed()

    server = await serve(script)
    batches = client(server).ask()
    assert await anext(batches) == EVENTS[:1]
    got_first.set()
    async with asyncio.timeout(PATIENCE):
        await server.connections[0].closed.wait()  # so the client has seen the break
    assert await anext(batches) == EVENTS[1:]
    with pytest.raises(UpstreamFailed, match="aborted"):
        await anext(batches)


@pytest.mark.parametrize(("size", "passes"), [(100, True), (101, False)])
async def test_exactly_the_limit_of_event_bytes_passes(serve, client, size, passes):
    big = b"data: " + b"x" * size + b"\n\n"
    asker = client(
        await serve(sends(STREAM, chunk(HI + big + END), LAST_CHUNK)), max_event_bytes=100
    )
    if passes:
        assert await asker.run() == [EVENTS[0], Event(data="x" * size), EVENTS[1]]
    else:
        assert await asker.reason() is Reason.event_too_large
        assert asker.events == EVENTS[:1]


@pytest.mark.parametrize(
    "piece", [b"data: x\n", b"data: x", b": x"], ids=["lines", "line", "comment"]
)
async def test_an_endless_event_is_given_up(serve, client, piece):
    asker = client(await serve(floods(STREAM, chunk(piece * 5000))))
    asker.has_content = True
    assert await asker.reason() is Reason.event_too_large


async def test_a_long_reply_needs_little_memory(serve, client):
    event = chunk(b"data: " + b"x" * 100_000 + b"\n\n")

    async def script(connection: Connection) -> None:
        await connection.send(STREAM)
        for _ in range(300):
            await connection.send(event)
        await connection.send(LAST_CHUNK)

    count = 0
    asker = client(await serve(script))
    tracemalloc.start()
    async for batch in asker.ask():
        count += len(batch)
        for _ in range(3):  # the reader is slower than the sender
            await asyncio.sleep(0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 300
    assert peak < 8_000_000


# Leaving early.


async def test_closing_early_closes_the_connection(serve, client):
    server = await serve(sends(STREAM, chunk(HI), chunk(END), then="hold"))
    async with aclosing(client(server).ask()) as batches:
        await anext(batches)
    async with asyncio.timeout(PATIENCE):
        await server.connections[0].closed.wait()


@pytest.mark.parametrize(
    "pieces", [(), (STREAM,), (STREAM, chunk(HI))], ids=["headers", "first-byte", "next-byte"]
)
async def test_cancelling_closes_the_connection(serve, client, pieces):
    is_asked = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.send(*pieces)
        is_asked.set()
        await connection.until_closed()

    server = await serve(script)
    task = asyncio.create_task(client(server).run())
    async with asyncio.timeout(PATIENCE):
        await is_asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.connections[0].closed.wait()


async def test_many_turns_at_once_wait_for_nobody(serve, client):
    everyone = asyncio.Event()
    count = itertools.count(1)

    async def script(connection: Connection) -> None:
        if next(count) == 120:
            everyone.set()
        await everyone.wait()
        await connection.send(WHOLE)

    asker = client(await serve(script))
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        for _ in range(120):
            group.create_task(asker.run())
    assert len(asker.events) == 240
