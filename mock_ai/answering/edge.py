"""The edge: errors become JSON, and every reply says which pages may read it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from aiohttp import web

from mock_ai.answering.cors import cors_headers, is_preflight, preflight_headers
from mock_ai.errors import BadRequest
from mock_ai.playing.driver import ScriptedResponse

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def edge(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer preflights, and the errors of what handles all else."""
    if is_preflight(request.method, request.headers):
        return web.Response(status=204, headers=dict(preflight_headers(request.headers)))
    return await errors_as_json(request, handler(request))


async def errors_as_json(
    request: web.BaseRequest, handling: Awaitable[web.StreamResponse]
) -> web.StreamResponse:
    """Return the reply, or what went wrong; a scripted reply says by itself who may read it."""
    try:
        response = await handling
    except BadRequest as error:
        response = web.json_response({"error": str(error)}, status=error.status)
    except web.HTTPException as error:
        response = web.json_response({"error": error.reason}, status=error.status)
        response.headers.update({k: v for k, v in error.headers.items() if k == "Allow"})
    if not isinstance(response, ScriptedResponse):
        response.headers.extend(cors_headers(request.headers))
    return response
