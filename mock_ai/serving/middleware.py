"""What aiohttp does around every request: errors as JSON, preflights, headers about origins."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from aiohttp import web
from aiohttp.http import HttpProcessingError

from streamproof.mock_ai.errors import InvalidRequest
from streamproof.mock_ai.serving.aiohttp_path import RawResponse, answer_preflight
from streamproof.mock_ai.serving.cors import cors_headers, is_preflight, preflight_headers

if TYPE_CHECKING:
    from aiohttp.typedefs import Middleware

    from streamproof.mock_ai.serving.state import MockState

MAX_LOGGED_CHARACTERS: Final = 200

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


def middleware_of(state: MockState) -> Middleware:
    """Return the middleware of a mock."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.transport is not None:
            state.runs.idle.used(request.transport)
        if is_preflight(request.method, request.headers.get):
            scripted = await answer_preflight(request, state)
            headers = preflight_headers(request.headers.get, state.origins)
            return scripted or web.Response(status=204, headers=dict(headers))
        response = await _respond(request, handler)
        if not isinstance(response, RawResponse):  # a raw response has these headers already
            origin = request.headers.get("Origin")
            response.headers.extend(cors_headers(origin, state.origins))
        return response

    return middleware


async def _respond(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Return the response of a handler; turn an error into JSON."""
    try:
        return await handler(request)
    except InvalidRequest as error:
        return web.json_response({"error": str(error)}, status=error.status)
    except web.HTTPException as error:
        message = _not_found(request.path) if error.status == 404 else error.reason
        response = web.json_response({"error": message}, status=error.status)
        response.headers.update({k: v for k, v in error.headers.items() if k == "Allow"})
        if isinstance(error, web.HTTPRequestEntityTooLarge):
            response.force_close()  # the rest of the body must not be read as another request
        return response


def _not_found(path: str) -> str:
    return f"the mock has no page at {path}; see /__mock/openapi.json for its control API"


def brief_log() -> logging.Logger:
    """Return a log for aiohttp that writes one line for invalid HTTP, without a traceback."""
    log = logging.getLogger("mock_ai")
    log.addFilter(_in_one_line)
    return log


def _in_one_line(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.exc_info = None
        words = " ".join(error.message.split())[:MAX_LOGGED_CHARACTERS]
        record.msg, record.args = f"{record.getMessage()}: %s", (words,)
    return True
