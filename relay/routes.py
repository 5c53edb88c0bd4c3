"""The HTTP endpoints: they start turns, answer queries, and stream turns as events.

`resume` finds the place where a stream begins, and `sending` sends it.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from aiohttp.http import HttpProcessingError

from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import parse_json
from streamproof.contracts.messages import storable
from streamproof.relay.auth import check_origin
from streamproof.relay.errors import BadRequest, TooLarge, UnsupportedMedia
from streamproof.relay.json_views import entry_json, room_json
from streamproof.relay.paging import read_page_request, write_cursor
from streamproof.relay.resume import ResumePoint
from streamproof.relay.sending import send_turn
from streamproof.relay.service import Relay
from streamproof.relay.storage import conversations

if TYPE_CHECKING:
    from streamproof.relay.storage.turn_rows import NewTurn

RELAY: Final = web.AppKey("relay", Relay)
LAST_EVENT_ID: Final = "Last-Event-ID"
FORM_TYPES: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
MAX_TITLE_CHARACTERS: Final = 200
_BAD_FORM: Final = (
    ValueError,
    LookupError,
    RuntimeError,
    AssertionError,
    HttpProcessingError,
    web.RequestPayloadError,
)
"""What aiohttp raises for a body that does not match its headers."""

routes = web.RouteTableDef()


@routes.post("/api/chat/{chatRoomId}/stream")
async def ask_and_stream(request: web.Request) -> web.StreamResponse:
    """Start a turn and stream it; with a `Last-Event-ID`, resume a turn and start none."""
    relay, user_id = request.app[RELAY], _user(request)
    if LAST_EVENT_ID in request.headers:
        start = await relay.resume.after_frame(user_id, request.headers[LAST_EVENT_ID])
    else:
        turn = await _begin(request, relay, user_id)
        start = ResumePoint(turn.turn_id, turn.message_id)
    return await send_turn(request, start, relay)


@routes.post("/api/chat/{chatRoomId}/messages")
async def ask(request: web.Request) -> web.Response:
    """Start a turn, and return the URL of its stream."""
    turn = await _begin(request, request.app[RELAY], _user(request))
    stream_url = f"/api/chat/stream?turnId={turn.turn_id}"
    return web.json_response({"turnId": turn.turn_id, "streamUrl": stream_url}, status=202)


@routes.get("/api/chat/stream", allow_head=False)
async def stream(request: web.Request) -> web.StreamResponse:
    """Stream a turn that exists; never start one."""
    relay, user_id = request.app[RELAY], _user(request)
    if LAST_EVENT_ID in request.headers:
        start = await relay.resume.after_frame(user_id, request.headers[LAST_EVENT_ID])
    elif "turnId" in request.query:
        start = await relay.resume.whole_turn(user_id, request.query["turnId"])
    else:
        start = await relay.resume.running(user_id, request.query.get("chatRoomId"))
    return await send_turn(request, start, relay)


@routes.get("/api/chat/{chatRoomId}/messages", allow_head=False)
async def history(request: web.Request) -> web.Response:
    """Return the messages of a room, oldest first."""
    relay, user_id = request.app[RELAY], _user(request)
    wanted_page = read_page_request(request.query)
    page = await relay.database.read(
        partial(
            conversations.history,
            user_id=user_id,
            room_id=request.match_info["chatRoomId"],
            limit=wanted_page.limit,
            after=wanted_page.after,
        )
    )
    entries = [entry_json(entry) for entry in page.items]
    return web.json_response({"messages": entries, "nextCursor": write_cursor(page.next)})


@routes.get("/api/chat/rooms", allow_head=False)
async def rooms(request: web.Request) -> web.Response:
    """Return the user's rooms, newest first."""
    relay, user_id = request.app[RELAY], _user(request)
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
    relay, user_id = request.app[RELAY], _user(request)
    title = await _title(request, relay)
    room = conversations.Room(relay.dependencies.new_id(), title, relay.dependencies.now())
    await relay.database.write(
        lambda tx: conversations.create_room(
            tx.connection, user_id, room, creates_chat_tables=relay.settings.creates_chat_tables
        )
    )
    return web.json_response(room_json(room), status=201)


def _user(request: web.Request) -> str:
    relay = request.app[RELAY]
    caller = relay.authenticator.caller(request.headers, request.cookies)
    check_origin(caller, request.method, request.headers, relay.origins)
    return caller.user_id


async def _begin(request: web.Request, relay: Relay, user_id: str) -> NewTurn:
    room_id = request.match_info["chatRoomId"]
    message = await _message(request, relay)
    return await relay.turns.begin(user_id, room_id, message)


async def _message(request: web.Request, relay: Relay) -> str:
    """Return the message of a form; raises `BadRequest` unless there is one that is not blank."""
    values = (await _form(request, relay)).get("message", [])
    if len(values) != 1 or not values[0].strip():
        raise BadRequest("Message is required")
    message = storable(values[0])  # some charsets can encode an unpaired surrogate
    if len(message.encode()) > relay.settings.max_message_bytes:
        raise TooLarge(f"Message is longer than {relay.settings.max_message_bytes} bytes")
    return message


async def _title(request: web.Request, relay: Relay) -> str | None:
    """Return the title for a room, from JSON or a form; None if it is missing."""
    if request.content_type == "application/json":
        async with asyncio.timeout(relay.settings.form_seconds):
            body = await request.read()
        values: Any = [_json_object(body).get("title")]
    else:
        values = (await _form(request, relay, "JSON or form data")).get("title", [None])
    title = values[0]
    if title is None:
        return None
    if len(values) > 1 or not isinstance(title, str) or len(title) > MAX_TITLE_CHARACTERS:
        raise BadRequest(f"title must be one text of at most {MAX_TITLE_CHARACTERS} characters")
    return storable(title)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = parse_json(body.decode())
    except (UnicodeDecodeError, NotJson, RecursionError):
        raise BadRequest("The body is not JSON") from None
    if not isinstance(value, dict):
        raise BadRequest("The body must be a JSON object")
    return value


async def _form(
    request: web.Request, relay: Relay, wanted: str = "form data"
) -> dict[str, list[str]]:
    """Return the text fields of a form; a file counts as an empty text, no body as no field."""
    if not request.can_read_body:
        return {}
    if request.content_type not in FORM_TYPES:
        raise UnsupportedMedia(f"The body must be {wanted}, not {request.content_type}")
    try:
        async with asyncio.timeout(relay.settings.form_seconds):
            form = await request.post()
    except _BAD_FORM:
        raise BadRequest("The body does not match its Content-Type") from None
    fields: dict[str, list[str]] = {}
    for name, value in form.items():
        fields.setdefault(name, []).append(value if isinstance(value, str) else "")
    return fields
