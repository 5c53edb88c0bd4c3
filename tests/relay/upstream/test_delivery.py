"""The request, and the delivery of the events."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from streamproof.relay import reply
from streamproof.relay.fair_queue import FairQueue
from streamproof.relay.loop_turns import FEW_CALLBACKS
from streamproof.relay.reply import MAX_STEP_BYTES, STEP_BYTES
from tests.relay.raw_server import LAST_CHUNK, STREAM, chunk, head
from tests.relay.upstream.scripts import END, EVENTS, HI, WHOLE, sends

if TYPE_CHECKING:
    from tests.relay.raw_server import Connection


async def test_the_question_is_sent_as_json(serve, client):
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


async def test_without_a_token_the_request_has_no_authorization(serve, client):
    server = await serve(sends(WHOLE))
    await client(server).run()
    assert "authorization" not in server.requests[0].headers


async def test_cookies_are_not_kept(serve, client):
    with_cookie = WHOLE.replace(b"\r\n\r\n", b"\r\nSet-Cookie: who=someone\r\n\r\n", 1)
    server = await serve(sends(with_cookie))
    relay_client = client(server)
    await relay_client.run()
    await relay_client.run()
    assert ["cookie" in request.headers for request in server.requests] == [False, False]


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
async def test_the_boundaries_of_reads_make_no_difference(serve, client, size):
    async def script(connection: Connection) -> None:
        for start in range(0, len(WHOLE), size):
            await connection.send(WHOLE[start : start + size])
            await asyncio.sleep(0)

    assert await client(await serve(script)).run() == EVENTS


async def test_an_event_is_delivered_before_the_next_one_arrives(serve, client):
    seen = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.send(STREAM, chunk(HI))
        await seen.wait()
        await connection.send(chunk(END), LAST_CHUNK)

    relay_client = client(await serve(script))
    running = asyncio.create_task(relay_client.run())
    assert await relay_client.until(1) == EVENTS[:1]
    seen.set()
    assert await running == EVENTS


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
async def test_every_clean_end_of_a_body_is_accepted(serve, client, response):
    assert await client(await serve(sends(response))).run() == EVENTS


async def test_a_clean_end_without_the_end_event_is_not_an_error(serve, client):
    assert await client(await serve(sends(STREAM, chunk(HI), LAST_CHUNK))).run() == EVENTS[:1]


async def test_an_incomplete_last_event_is_not_delivered(serve, client):
    server = await serve(sends(STREAM, chunk(HI + END[:-1]), LAST_CHUNK))
    assert await client(server).run() == EVENTS[:1]


async def test_fast_steps_become_larger(serve, client):
    event = HI.replace(b"Hi", b"x" * 900)
    server = await serve(sends(STREAM + chunk(event * 100) + LAST_CHUNK))
    relay_client = client(server)
    steps: list[int] = []

    def take(reply, events):
        steps.append(sum(len(event.data) for event in events))
        reply.go_on()

    relay_client.take = take
    await relay_client.run()
    assert sum(steps) > 100 * 900
    assert max(steps) > STEP_BYTES
    assert max(steps) <= MAX_STEP_BYTES


@pytest.mark.parametrize("is_busy", [True, False])
async def test_a_reply_waits_in_the_queue_at_most_once(serve, client, monkeypatch, is_busy):
    waiting, most = 0, 0
    run = FairQueue.run

    def counted(queue, step):
        nonlocal waiting, most

        def counted_step():
            nonlocal waiting
            again = step()
            waiting -= not again
            return again

        waiting += 1
        most = max(most, waiting)
        run(queue, counted_step)

    monkeypatch.setattr(FairQueue, "run", counted)
    callbacks = (None,) * (FEW_CALLBACKS + is_busy)
    monkeypatch.setattr(reply, "waiting_callbacks", lambda _loop: callbacks)
    monkeypatch.setattr(reply, "STEP_BYTES", 2 * len(HI))
    monkeypatch.setattr(reply, "MAX_STEP_BYTES", 2 * len(HI))
    server = await serve(sends(STREAM, chunk(HI * 400), LAST_CHUNK))
    assert len(await client(server).run()) == 400
    assert (waiting, most) == (0, 1)


@pytest.mark.parametrize(
    ("is_busy", "size", "is_queued"),
    [(False, 10, False), (True, 10, True), (False, 2 * STEP_BYTES, True)],
)
async def test_only_few_bytes_skip_the_queue_and_only_while_few_callbacks_wait(
    serve, client, monkeypatch, is_busy, size, is_queued
):
    received_before = []
    run = FairQueue.run

    def kept(queue, step):
        received_before.append(len(relay_client.events))
        return run(queue, step)

    monkeypatch.setattr(FairQueue, "run", kept)
    callbacks = (None,) * (FEW_CALLBACKS + is_busy)
    monkeypatch.setattr(reply, "waiting_callbacks", lambda _loop: callbacks)
    event = HI.replace(b"Hi", b"x" * size)
    server = await serve(sends(STREAM, chunk(event), LAST_CHUNK))
    relay_client = client(server)
    [received] = await relay_client.run()
    assert len(received.data) > size
    assert (0 in received_before) == is_queued
    if size < STEP_BYTES:  # it arrives as a whole
        assert relay_client.direct == [not is_queued]
