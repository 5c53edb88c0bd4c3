"""The HTTP endpoints: they start turns, answer queries, and stream turns as events.

`resume` finds the place where a stream begins, and `sending` sends it.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from streamproof.relay.auth import check_origin
from streamproof.relay.errors import BadRequest
from streamproof.relay.forms import read_key, read_message, read_title
from streamproof.relay.json_views import entry_json, room_json
from streamproof.relay.lifetime import lifetime_seconds
from streamproof.relay.paging import read_page_request, write_cursor
from streamproof.relay.responses import stream_url
from streamproof.relay.resume import ResumePoint
from streamproof.relay.sending import HEARTBEATS, send_turn
from streamproof.relay.service import Relay
from streamproof.relay.storage import conversations, turn_states

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from streamproof.relay.auth import Caller
    from streamproof.relay.turn_runner import BegunTurn

RELAY: Final = web.AppKey("relay", Relay)
LAST_EVENT_ID: Final = "Last-Event-ID"

routes = web.RouteTableDef()


@routes.post("/api/chat/{chatRoomId}/stream")
async def ask_and_stream(request: web.Request) -> web.StreamResponse:
    """Start a turn and stream it; with a `Last-Event-ID`, resume a turn and start none."""
    relay, caller = request.app[RELAY], _caller(request)
    heartbeat = _heartbeat(request)
    # Before the turn starts: its user must be able to read it.
    with relay.streams_of_user.hold(caller.user_id):
        if LAST_EVENT_ID in request.headers:
            start = await relay.resume.after_frame(caller.user_id, request.headers[LAST_EVENT_ID])
        else:
            turn = await _begin(request, relay, caller)
            start = ResumePoint(turn.turn_id, turn.message_id)
            if not turn.is_new:
                start = await relay.resume.whole_turn(caller.user_id, turn.turn_id)
        return await _stream(request, relay, caller, start, heartbeat)


@routes.post("/api/chat/{chatRoomId}/messages")
async def ask(request: web.Request) -> web.Response:
    """Start a turn, and return the URL of its stream."""
    turn = await _begin(request, request.app[RELAY], _caller(request))
    body = {"turnId": turn.turn_id, "streamUrl": stream_url(turn.turn_id)}
    return web.json_response(body, status=202)


@routes.post("/api/chat/{chatRoomId}/stop")
async def stop(request: web.Request) -> web.Response:
    """Stop the running turn of a room; a repeated request has the same response."""
    relay, user_id = request.app[RELAY], _caller(request).user_id
    find = partial(
        turn_states.turn_to_stop,
        user_id=user_id,
        room_id=request.match_info["chatRoomId"],
        turn_id=request.query.get("turnId"),
    )
    turn_id = await relay.database.read(find)
    if turn_id is None:
        return web.json_response({"turnId": None, "status": None})
    await relay.turns.stop(turn_id)
    status = await relay.database.read(partial(turn_states.turn_status, turn_id=turn_id))
    return web.json_response({"turnId": turn_id, "status": status})


@routes.get("/api/chat/stream", allow_head=False)
async def stream(request: web.Request) -> web.StreamResponse:
    """Stream a turn that exists; never start one."""
    relay, caller = request.app[RELAY], _caller(request)
    heartbeat = _heartbeat(request)
    if LAST_EVENT_ID in request.headers:
        start = await relay.resume.after_frame(caller.user_id, request.headers[LAST_EVENT_ID])
    elif "turnId" in request.query:
        start = await relay.resume.whole_turn(caller.user_id, request.query["turnId"])
    else:
        start = await relay.resume.running(caller.user_id, request.query.get("chatRoomId"))
    with relay.streams_of_user.hold(caller.user_id):
        return await _stream(request, relay, caller, start, heartbeat)


@routes.get("/api/chat/{chatRoomId}/messages", allow_head=False)
async def history(request: web.Request) -> web.Response:
    """Return the messages of a room, oldest first."""
    relay, user_id = request.app[RELAY], _caller(request).user_id
    wanted_page = read_page_request(request.query)
    text = await relay.database.read(
        partial(
            _history_text,
            user_id=user_id,
            room_id=request.match_info["chatRoomId"],
            limit=wanted_page.limit,
            after=wanted_page.after,
            max_bytes=relay.settings.max_history_bytes,
        )
    )
    return web.Response(body=text, content_type="application/json", charset="utf-8")


@routes.get("/api/chat/rooms", allow_head=False)
async def rooms(request: web.Request) -> web.Response:
    """Return the user's rooms, newest first."""
    relay, user_id = request.app[RELAY], _caller(request).user_id
    wanted_page = read_page_request(request.query)
    page = await relay.database.read(
        partial(
            conversations.rooms, user_id=user_id, limit=wanted_page.limit, after=wanted_page.after
        )
    )
    items = [room_json(room) for room in page.items]
    return web.json_response({"rooms": items, "nextCursor": write_cursor(page.next)})


@routes.post("/api/chat/rooms")
async def create_room(request: web.Request) -> web.Response:
    """Create a room."""
    relay, user_id = request.app[RELAY], _caller(request).user_id
    title = await read_title(request, relay.settings, relay.decoding)
    room = conversations.Room(relay.dependencies.new_id(), title, relay.dependencies.now())
    await relay.database.write(
        lambda tx: conversations.create_room(
            tx.connection, user_id, room, creates_chat_tables=relay.settings.creates_chat_tables
        )
    )
    return web.json_response(room_json(room), status=201)


def _history_text(connection: Connection, **page_request: Any) -> bytes:  # noqa: ANN401 - the arguments of `history`
    """Return a page of a history as JSON, made on the thread that reads: it can be long."""
    page = conversations.history(connection, **page_request)
    entries = ", ".join(json.dumps(entry_json(entry)) for entry in page.items)
    return (
        f'{{"messages": [{entries}], "nextCursor": {json.dumps(write_cursor(page.next))}}}'.encode()
    )


def _caller(request: web.Request) -> Caller:
    """Return the user of a request, which counts towards the user's rate."""
    relay = request.app[RELAY]
    caller = relay.authenticator.caller(request.headers, request.cookies)
    relay.rates.take(caller.user_id)
    check_origin(caller, request.method, request.headers, relay.origins)
    return caller


async def _begin(request: web.Request, relay: Relay, caller: Caller) -> BegunTurn:
    key = read_key(request)
    message = await read_message(request, relay.settings, relay.decoding)
    return await relay.turns.begin(
        caller.user_id, request.match_info["chatRoomId"], message, idempotency_key=key
    )


def _heartbeat(request: web.Request) -> bytes:
    """Return the bytes that fill a silence, which a client can choose."""
    kind = request.query.get("heartbeat", "comment")
    if kind not in HEARTBEATS:
        raise BadRequest(f"heartbeat must be {' or '.join(HEARTBEATS)}")
    return HEARTBEATS[kind]


async def _stream(
    request: web.Request,
    relay: Relay,
    caller: Caller,
    start: ResumePoint | None,
    heartbeat: bytes,
) -> web.StreamResponse:
    """Send the frames of a turn to the last one; the status is 204 if there is nothing to send."""
    if start is None:
        return web.Response(status=204)
    with relay.streams_of_turn.hold(start.turn_id):
        return await send_turn(
            request,
            start,
            relay,
            caller.user_id,
            heartbeat=heartbeat,
            seconds=lifetime_seconds(relay.settings, caller, relay.dependencies),
        )
