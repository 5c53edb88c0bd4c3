"""What every response has: the ID of its request, security headers, and JSON for every error."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from aiohttp import hdrs, web

from streamproof.relay.errors import (
    ReplyRunning,
    RequestRefused,
    TooMany,
    Unauthorized,
    Unavailable,
)
from streamproof.relay.request_ids import REQUEST_ID, current_request_id, enter_request
from streamproof.relay.storage.errors import DatabaseBusy, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiohttp.typedefs import Handler, Middleware

_logger = logging.getLogger(__name__)

SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
"""Of a response that does not set them itself, as streams and pages do."""


def add_headers(response: web.StreamResponse) -> None:
    """Add the ID of the request and the security headers; hide the version of the server."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    if request_id := current_request_id():
        response.headers[REQUEST_ID] = request_id
    response.headers.popall(hdrs.SERVER, None)


def errors_as_json(new_id: Callable[[], str]) -> Middleware:
    """Return the middleware that enters each request and answers each error in JSON."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        enter_request(request.headers, new_id)
        try:
            return await handler(request)
        except RequestRefused as refusal:
            return _refused(refusal)
        except StorageError as error:
            _logger.error("%s %s: %s", request.method, request.path, error)  # noqa: TRY400 - no traceback needed
            is_busy = isinstance(error, DatabaseBusy)
            return _refused(
                Unavailable(f"The database is {'busy' if is_busy else 'not available'}")
            )
        except TimeoutError:
            return _error(408, {"error": "Request took too long"})
        except web.HTTPException as error:
            return _error(error.status, {"error": _advice(error)}, _allow(error))
        except Exception:
            _logger.exception("%s %s", request.method, request.path)
            return _error(500, {"error": "Internal server error"})

    return middleware


def stream_url(turn_id: str) -> str:
    """Return the URL that streams a turn from its start."""
    return f"/api/chat/stream?turnId={turn_id}"


def _refused(refusal: RequestRefused) -> web.Response:
    body = {"error": str(refusal)}
    if isinstance(refusal, ReplyRunning):
        body |= {"turnId": refusal.turn_id, "streamUrl": stream_url(refusal.turn_id)}
    return _error(refusal.status, body, _advice_headers(refusal))


def _advice_headers(refusal: RequestRefused) -> dict[str, str]:
    """Return the headers that tell a client what to do (RFC 9110, sections 10.2.3 and 11.6.1)."""
    match refusal:
        case Unauthorized():
            return {hdrs.WWW_AUTHENTICATE: "Bearer"}
        case TooMany(retry_after_seconds=seconds) | Unavailable(retry_after_seconds=seconds):
            return {hdrs.RETRY_AFTER: str(seconds)}
        case _:
            return {}


def _error(
    status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> web.Response:
    with_id = {**body, "requestId": current_request_id()}
    return web.json_response(with_id, status=status, headers=headers)


def _advice(error: web.HTTPException) -> str:
    """Return what is wrong with a request that no endpoint accepts, and what to send instead."""
    match error:
        case web.HTTPMethodNotAllowed():
            wanted = " or ".join(sorted(error.allowed_methods))
            return f"Wanted {wanted}, got {error.method}"
        case web.HTTPNotFound():
            return "Not an endpoint of the relay; GET /openapi.json lists them"
        case _:
            return error.reason


def _allow(error: web.HTTPException) -> dict[str, str]:
    """Return the `Allow` header, which a 405 must have."""
    return {hdrs.ALLOW: error.headers[hdrs.ALLOW]} if hdrs.ALLOW in error.headers else {}
