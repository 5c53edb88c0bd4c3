"""Reads the bodies and keys of requests: every size, number and charset has a limit.

A body is read whole, within the limits of bytes and time, before anything is decoded. Only UTF-8 is
decoded: the time that some other codecs of Python take grows with the square of their input.
To decode a long URL-encoded form takes some milliseconds, so such forms take turns.
"""

from __future__ import annotations

import asyncio
import re
from email.message import Message
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_to_bytes

from aiohttp import BodyPartReader, MultipartReader, StreamReader, hdrs, web
from aiohttp.http import HttpProcessingError

from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import parse_json
from streamproof.contracts.messages import storable
from streamproof.contracts.text import short
from streamproof.relay.errors import BadRequest, TooLarge, UnsupportedMedia

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from streamproof.relay.fair_queue import FairQueue
    from streamproof.relay.settings import Settings

URL_ENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
JSON: Final = "application/json"
UTF_8_LABELS: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
PLAIN_ENCODINGS: Final = frozenset({"", "identity", "7bit", "8bit", "binary"})
MAX_PREAMBLE_BYTES: Final = 1024
"""Bytes before the first part of a multipart form; browsers send none."""
MAX_TITLE_CHARACTERS: Final = 200
IDEMPOTENCY_KEY: Final = "Idempotency-Key"

_KEY: Final = re.compile(r"[!-~]{1,255}")
_BAD_FORM: Final = (
    ValueError,
    LookupError,
    RuntimeError,
    AssertionError,
    HttpProcessingError,
    web.RequestPayloadError,
)
"""What aiohttp raises for a body that does not match its headers."""


def read_key(request: web.Request) -> str | None:
    """Return the `Idempotency-Key` of a request, or None; raises `BadRequest`."""
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is not None and not _KEY.fullmatch(key):
        raise BadRequest(f"{IDEMPOTENCY_KEY} must be 1 to 255 visible ASCII characters")
    return key


async def read_message(request: web.Request, settings: Settings, decoding: FairQueue) -> str:
    """Return the message of a form; raises `BadRequest` unless there is one that is not blank."""
    values = (await _form(request, settings, decoding, "form data")).get("message", [])
    if len(values) != 1 or not values[0].strip():
        raise BadRequest("Message is required")
    message = storable(values[0])
    if len(message.encode()) > settings.max_message_bytes:
        raise TooLarge(f"Message is longer than {settings.max_message_bytes} bytes")
    return message


async def read_title(request: web.Request, settings: Settings, decoding: FairQueue) -> str | None:
    """Return the title for a room, from JSON or a form; None if it is missing."""
    if request.content_type == JSON:
        body = await _body(request, settings)
        # Deep nesting takes long, and other streams go on meanwhile.
        values: Any = [(await asyncio.to_thread(_json_object, body)).get("title")]
    else:
        fields = await _form(request, settings, decoding, "JSON or form data")
        values = fields.get("title", [None])
    title = values[0]
    if title is None:
        return None
    if len(values) > 1 or not isinstance(title, str) or len(title) > MAX_TITLE_CHARACTERS:
        raise BadRequest(f"title must be one text of at most {MAX_TITLE_CHARACTERS} characters")
    return storable(title)


async def _form(
    request: web.Request, settings: Settings, decoding: FairQueue, wanted: str
) -> dict[str, list[str]]:
    """Return the text fields of a form; a file counts as an empty text, no body as no field."""
    if not request.can_read_body:
        return {}
    if request.content_type not in {URL_ENCODED, MULTIPART}:
        raise UnsupportedMedia(f"The body must be {wanted}, not {request.content_type}")
    body = await _body(request, settings)
    fields: dict[str, list[str]] = {}
    try:
        if request.content_type == MULTIPART:
            async for name, value in _parts(request, body, settings.max_form_fields):
                fields.setdefault(name, []).append(value)
        else:
            _check_number(body.count(b"&") + 1, settings.max_form_fields)
            for name, value in await decoding.result_of(partial(url_encoded_fields, body)):
                fields.setdefault(name, []).append(value)
    except _BAD_FORM:
        raise BadRequest("The body does not match its Content-Type") from None
    return fields


def url_encoded_fields(body: bytes) -> list[tuple[str, str]]:
    """Return the names and values of a URL-encoded form (WHATWG URL, section 5.1).

    Raises `UnicodeDecodeError` for a body that is not UTF-8. `urllib.parse.parse_qsl` returns the
    same, but needs several times as long for text that is not ASCII.
    """
    body.decode()
    fields = (field.partition(b"=") for field in body.split(b"&") if field)
    return [(_unquoted(name), _unquoted(value)) for name, _, value in fields]


def _unquoted(text: bytes) -> str:
    return unquote_to_bytes(text.replace(b"+", b" ")).decode("utf-8", "replace")


async def _body(request: web.Request, settings: Settings) -> bytes:
    """Return the whole body, which must be UTF-8 without a compression."""
    _check_charset(request.charset)
    _check_encoding(request.headers.get(hdrs.CONTENT_ENCODING, ""))
    try:
        async with asyncio.timeout(settings.form_seconds):
            return await request.read()
    except ConnectionResetError:  # the client has left, so it reads no response
        raise BadRequest("The connection closed before the body was complete") from None
    except _BAD_FORM:
        raise BadRequest("The body does not match its Content-Type") from None


async def _parts(
    request: web.Request, body: bytes, max_fields: int
) -> AsyncIterator[tuple[str, str]]:
    """Yield the name and the text of each part of a multipart form."""
    if not 0 <= body.find(_first_boundary(request.headers)) <= MAX_PREAMBLE_BYTES:
        raise BadRequest("The body does not match its Content-Type")
    content = StreamReader(request.protocol, limit=len(body) + 1, loop=asyncio.get_running_loop())
    content.feed_data(body)
    content.feed_eof()
    reader = MultipartReader(request.headers, content)
    number = 0
    while (part := await reader.next()) is not None:
        number += 1
        _check_number(number, max_fields)
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise BadRequest("Every part of the body must have a name")
        _check_charset(part.get_charset(default="utf-8"))
        for header in (hdrs.CONTENT_ENCODING, hdrs.CONTENT_TRANSFER_ENCODING):
            _check_encoding(part.headers.get(header, ""))
        text = (await part.read()).decode()
        yield part.name, "" if part.filename is not None else text


def _first_boundary(headers: Any) -> bytes:  # noqa: ANN401 - the mapping of aiohttp
    """Return the bytes before the first part; raises `ValueError` without a boundary."""
    message = Message()
    message[hdrs.CONTENT_TYPE] = headers[hdrs.CONTENT_TYPE]
    boundary = message.get_boundary()
    if not boundary:
        raise ValueError("no boundary")
    return f"--{boundary}".encode("latin-1")


def _check_number(found: int, most: int) -> None:
    if found > most:
        raise BadRequest(f"A form can have at most {most} fields")


def _check_charset(charset: str | None) -> None:
    if charset is not None and charset.lower() not in UTF_8_LABELS:
        raise UnsupportedMedia(f"The charset must be UTF-8, not {short(charset)}")


def _check_encoding(encoding: str) -> None:
    if encoding.strip().lower() not in PLAIN_ENCODINGS:
        raise UnsupportedMedia(f"The body must not be encoded, got {short(encoding)}")


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = parse_json(body.decode())
    except (UnicodeDecodeError, NotJson, RecursionError):
        raise BadRequest("The body is not JSON") from None
    if not isinstance(value, dict):
        raise BadRequest("The body must be a JSON object")
    return value
