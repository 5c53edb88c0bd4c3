"""Which requests are repeated, and after which waits."""

from __future__ import annotations

import pytest

from streamproof.relay.fair_queue import FairQueue
from streamproof.relay.lifecycle import Reason
from streamproof.relay.upstream import UpstreamClient
from tests.ports import free_port
from tests.relay.raw_server import STREAM, RawServer, chunk, head
from tests.relay.upstream.scripts import EVENTS, HI, WHOLE, sends


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_temporary_status_is_retried(serve, client, status):
    server = await serve(sends(head(f"{status} X", Content_Length="0")), sends(WHOLE))
    relay_client = client(server, attempts=3)
    assert await relay_client.run() == EVENTS
    assert relay_client.slept == [0.5]
    assert [request.body["messageId"] for request in server.requests] == ["msg-1"] * 2


async def test_the_number_of_attempts_is_limited(serve, client):
    server = await serve(sends(head("503 X", Content_Length="0")))
    failure = await client(server, attempts=4).failure()
    assert (failure.reason, len(server.requests)) == (Reason.status, 4)


@pytest.mark.parametrize(
    ("chance", "waits"), [(1.0, [1, 2, 3, 3]), (0.5, [0.5, 1, 1.5, 1.5]), (0.0, [0, 0, 0, 0])]
)
async def test_waits_double_to_a_maximum_with_full_jitter(serve, client, chance, waits):
    server = await serve(sends(head("503 X", Content_Length="0")))
    relay_client = client(
        server, attempts=5, chance=chance, backoff_seconds=1.0, backoff_max_seconds=3.0
    )
    await relay_client.failure()
    assert relay_client.slept == waits


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
        ("Mon, 01 Jan 99999999999 00:00:00 GMT", 0.5),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 0.5),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 0),
        ("Sun, 22 Nov 2026 12:00:09 +99999999999", 0.5),
        ("Sun, 22 Nov 2027 12:00:00 GMT", 0.5),
        ("9" * 400, 0.5),
        ("86401", 0.5),
    ],
)
async def test_retry_after_can_be_seconds_or_a_date(serve, client, value, wait):
    busy = head("503 X", Content_Length="0", Retry_After=value)
    relay_client = client(await serve(sends(busy), sends(WHOLE)), attempts=2)
    assert await relay_client.run() == EVENTS
    assert relay_client.slept == [wait]


@pytest.mark.parametrize("value", ["120", "86400", "Sun, 22 Nov 2026 13:00:00 GMT"])
async def test_there_is_no_retry_after_the_first_content_limit(serve, client, value):
    server = await serve(sends(head("429 X", Content_Length="0", Retry_After=value)))
    relay_client = client(server, attempts=3, first_content_seconds=100.0)
    assert await relay_client.reason() is Reason.status
    assert (len(server.requests), relay_client.slept) == (1, [])


async def test_a_refused_connection_is_retried(client):
    relay_client = client(f"http://127.0.0.1:{free_port()}", attempts=3)
    assert await relay_client.reason() is Reason.refused
    assert relay_client.slept == [0.5, 1.0]


async def test_a_service_that_starts_between_attempts_is_reached(client):
    port = free_port()
    relay_client = client(f"http://127.0.0.1:{port}", attempts=2)
    server = RawServer(sends(WHOLE))

    async def start_server(_seconds: float) -> None:
        await server.start(port)

    relay_client.upstream = UpstreamClient(
        relay_client.upstream._client,
        relay_client.settings,
        FairQueue(),
        random=lambda: 1.0,
        sleep=start_server,
    )
    assert await relay_client.run() == EVENTS
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
async def test_there_is_no_retry_after_a_200(serve, client, script):
    server = await serve(script)
    assert await client(server, attempts=3).reason() is Reason.aborted
    assert len(server.requests) == 1
