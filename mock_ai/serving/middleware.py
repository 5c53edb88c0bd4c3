"""What aiohttp does around every request: errors as JSON, preflights, headers about origins."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from aiohttp import web

from streamproof.mock_ai.errors import InvalidRequest
from streamproof.mock_ai.serving.aiohttp_path import RawResponse, answer_preflight
from streamproof.mock_ai.serving.cors import cors_headers, is_preflight, preflight_headers

if TYPE_CHECKING:
    from aiohttp.typedefs import Middleware

    from streamproof.mock_ai.serving.state import MockState

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


def middleware_of(state: MockState) -> Middleware:
    """Return the middleware of a mock."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.transport is not None:
            state.runs.idle.used(request.transport)
        asks = is_preflight(request.method, request.headers.get)
        response = await _respond(request, preflight if asks else handler)
        if isinstance(response, RawResponse):  # it has the headers about origins already
            return response
        if asks:
            response.headers.extend(preflight_headers(request.headers.get, state.origins))
        else:
            response.headers.extend(cors_headers(request.headers.get("Origin"), state.origins))
        return response

    async def preflight(request: web.Request) -> web.StreamResponse:
        return await answer_preflight(request, state) or web.Response(status=204)

    return middleware


async def _respond(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Return the response of a handler; turn an error into JSON."""
    try:
        return await handler(request)
    except InvalidRequest as error:
        return web.json_response({"error": str(error)}, status=error.status)
    except web.HTTPException as error:
        response = web.json_response({"error": _message(request, error)}, status=error.status)
        response.headers.update({k: v for k, v in error.headers.items() if k == "Allow"})
        if isinstance(error, web.HTTPRequestEntityTooLarge):
            response.force_close()  # the rest of the body must not be read as another request
        return response


def _message(request: web.Request, error: web.HTTPException) -> str:
    if isinstance(error, web.HTTPNotFound):
        return (
            f"the mock has no page at {request.path}; see /__mock/openapi.json for its control API"
        )
    if isinstance(error, web.HTTPMethodNotAllowed):
        wanted = " or ".join(sorted(error.allowed_methods))
        return f"{request.path}: wanted the method {wanted}, got {error.method}"
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return f"wanted a body of at most {request.client_max_size} bytes"
    return error.reason
