"""HTTP in: requests become turns and queries, turns become event streams.

A stream only reads the log, from where `resume` says. A browser that leaves, or that takes
nothing for too long, ends its stream and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from aiohttp.http import HttpProcessingError

from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import parse_json
from streamproof.contracts.messages import storable
from streamproof.contracts.sse import encode, encode_comment
from streamproof.relay.auth import check_origin
from streamproof.relay.errors import BadRequest, TooLarge, UnsupportedMedia
from streamproof.relay.json_views import entry_json, room_json
from streamproof.relay.paging import read_page_request, write_cursor
from streamproof.relay.resume import ResumePoint, frame_id
from streamproof.relay.service import Relay
from streamproof.relay.storage import conversations
from streamproof.relay.storage.errors import StorageError

if TYPE_CHECKING:
    from streamproof.relay.turn import Frame

_logger = logging.getLogger(__name__)

RELAY: Final = web.AppKey("relay", Relay)
LAST_EVENT_ID: Final = "Last-Event-ID"
FORM_TYPES: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
STREAM_HEADERS: Final = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
}
WRITE_BYTES: Final = 16_384
"""One write, so that a slow browser is told from one that takes nothing."""
MAX_TITLE_CHARACTERS: Final = 200
_BAD_FORM: Final = (
    ValueError,
    LookupError,
    RuntimeError,
    AssertionError,
    HttpProcessingError,
    web.RequestPayloadError,
)
"""What aiohttp raises for a body that is not what its headers say."""

routes = web.RouteTableDef()


@routes.post("/api/chat/{chatRoomId}/stream")
async def ask_and_stream(request: web.Request) -> web.StreamResponse:
    """Start a turn and stream it; with a `Last-Event-ID` go on with one, never ask twice."""
    relay, user_id = request.app[RELAY], _user(request)
    if LAST_EVENT_ID in request.headers:
        start = await relay.resume.after_frame(user_id, request.headers[LAST_EVENT_ID])
    else:
        start = ResumePoint(await _begin(request, relay, user_id))
    return await _stream(request, start)


@routes.post("/api/chat/{chatRoomId}/messages")
async def ask(request: web.Request) -> web.Response:
    """Start a turn and say where its stream is."""
    turn_id = await _begin(request, request.app[RELAY], _user(request))
    stream_url = f"/api/chat/stream?turnId={turn_id}"
    return web.json_response({"turnId": turn_id, "streamUrl": stream_url}, status=202)


@routes.get("/api/chat/stream", allow_head=False)
async def stream(request: web.Request) -> web.StreamResponse:
    """Stream what is there or still to come; never start anything."""
    relay, user_id = request.app[RELAY], _user(request)
    if LAST_EVENT_ID in request.headers:
        start = await relay.resume.after_frame(user_id, request.headers[LAST_EVENT_ID])
    elif "turnId" in request.query:
        start = await relay.resume.whole_turn(user_id, request.query["turnId"])
    else:
        start = await relay.resume.running(user_id, request.query.get("chatRoomId"))
    return await _stream(request, start)


@routes.get("/api/chat/{chatRoomId}/messages", allow_head=False)
async def history(request: web.Request) -> web.Response:
    """List what was said in a room, oldest first."""
    relay, user_id = request.app[RELAY], _user(request)
    wanted = read_page_request(request.query)
    page = await relay.database.read(
        partial(
            conversations.history,
            user_id=user_id,
            room_id=request.match_info["chatRoomId"],
            limit=wanted.limit,
            after=wanted.after,
        )
    )
    entries = [entry_json(entry) for entry in page.items]
    return web.json_response({"messages": entries, "nextCursor": write_cursor(page.next)})


@routes.get("/api/chat/rooms", allow_head=False)
async def rooms(request: web.Request) -> web.Response:
    """List the user's rooms, newest first."""
    relay, user_id = request.app[RELAY], _user(request)
    wanted = read_page_request(request.query)
    page = await relay.database.read(
        partial(conversations.rooms, user_id=user_id, limit=wanted.limit, after=wanted.after)
    )
    found = [room_json(room) for room in page.items]
    return web.json_response({"rooms": found, "nextCursor": write_cursor(page.next)})


@routes.post("/api/chat/rooms")
async def create_room(request: web.Request) -> web.Response:
    """Make a room."""
    relay, user_id = request.app[RELAY], _user(request)
    title = await _title(request, relay)
    room = conversations.Room(relay.parts.new_id(), title, relay.parts.now())
    await relay.database.write(
        partial(
            conversations.create_room,
            user_id=user_id,
            room=room,
            creates_chat_tables=relay.settings.creates_chat_tables,
        )
    )
    return web.json_response(room_json(room), status=201)


def _user(request: web.Request) -> str:
    relay = request.app[RELAY]
    caller = relay.authenticator.caller(request.headers, request.cookies)
    check_origin(caller, request.method, request.headers, relay.origins)
    return caller.user_id


async def _begin(request: web.Request, relay: Relay, user_id: str) -> str:
    room_id = request.match_info["chatRoomId"]
    message = await _message(request, relay)
    return await relay.producers.begin(user_id, room_id, message)


async def _message(request: web.Request, relay: Relay) -> str:
    """Return the message of a form; it is there once, and says something."""
    found = (await _form(request, relay)).get("message", [])
    if len(found) != 1 or not found[0].strip():
        raise BadRequest("Message is required")
    message = storable(found[0])  # some charsets can spell half a character
    if len(message.encode()) > relay.settings.max_message_bytes:
        raise TooLarge(f"Message is longer than {relay.settings.max_message_bytes} bytes")
    return message


async def _title(request: web.Request, relay: Relay) -> str | None:
    """Return the title for a room, from JSON or a form; it may be missing."""
    if request.content_type == "application/json":
        async with asyncio.timeout(relay.settings.form_seconds):
            body = await request.read()
        given: Any = [_json_object(body).get("title")]
    else:
        given = (await _form(request, relay, "JSON or form data")).get("title", [None])
    title = given[0]
    if title is None:
        return None
    if len(given) > 1 or not isinstance(title, str) or len(title) > MAX_TITLE_CHARACTERS:
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
    """Return the text fields of a form; files count as missing, and so does an empty body."""
    if not request.can_read_body:
        return {}
    if request.content_type not in FORM_TYPES:
        raise UnsupportedMedia(f"The body must be {wanted}, not {request.content_type}")
    try:
        async with asyncio.timeout(relay.settings.form_seconds):
            form = await request.post()
    except _BAD_FORM:
        raise BadRequest("The body is not the form data that its type says") from None
    fields: dict[str, list[str]] = {}
    for name, value in form.items():
        fields.setdefault(name, []).append(value if isinstance(value, str) else "")
    return fields


async def _stream(request: web.Request, start: ResumePoint | None) -> web.StreamResponse:
    """Send a turn's frames until the last; 204 says that there is nothing to wait for."""
    if start is None:
        return web.Response(status=204)
    relay = request.app[RELAY]
    response = web.StreamResponse(headers=STREAM_HEADERS)
    try:
        await response.prepare(request)
        await _send_frames(response, start, relay)
        await response.write_eof()
    except ConnectionResetError:
        _logger.debug("turn %s: a browser left", start.turn_id)
    except (TimeoutError, StorageError) as error:
        # Cut without a proper end, so that the browser reconnects.
        _logger.info("turn %s: a browser is dropped: %r", start.turn_id, error)
        if request.transport is not None:
            request.transport.abort()
    return response


async def _send_frames(response: web.StreamResponse, start: ResumePoint, relay: Relay) -> None:
    settings = relay.settings
    retry_ms: int | None = settings.retry_ms
    silence = settings.keep_alive_seconds
    async with aclosing(relay.log.follow(start.turn_id, start.after, silence)) as lots:
        async for frames in lots:
            data = _encoded(frames, start.turn_id, retry_ms)
            retry_ms = None if frames else retry_ms
            for at in range(0, len(data), WRITE_BYTES):
                async with asyncio.timeout(settings.write_stall_seconds):
                    await response.write(data[at : at + WRITE_BYTES])


def _encoded(frames: list[Frame], turn_id: str, retry_ms: int | None) -> bytes:
    """Frame what is sent together; no frames are a comment.

    `retry` rides on the first frame: in a block of its own it trips some clients.
    """
    if not frames:
        return encode_comment("keep-alive")
    first, *others = frames
    return b"".join(
        [
            encode(first.data, first.event, frame_id(turn_id, first.n), retry_ms),
            *(encode(other.data, other.event, frame_id(turn_id, other.n)) for other in others),
        ]
    )
