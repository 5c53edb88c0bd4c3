"""Builds the relay as a web application from its settings and dependencies.

Every response that is not a stream is JSON, including all errors.
"""

from __future__ import annotations

import logging
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from aiohttp import hdrs, web

from streamproof.relay.cors import cors_headers, preflight_headers
from streamproof.relay.dependencies import Dependencies
from streamproof.relay.errors import RequestRefused, TooManyTurns, Unauthorized, Unavailable
from streamproof.relay.routes import RELAY, routes
from streamproof.relay.service import running_relay
from streamproof.relay.storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from aiohttp.typedefs import Handler

    from streamproof.relay.settings import Settings

_logger = logging.getLogger(__name__)

FORM_OVERHEAD_BYTES: Final = 16_384
ENCODED_BYTES_PER_BYTE: Final = 3
"""In a URL-encoded form, one byte of a message takes up to three bytes."""
TURN_RETRY_SECONDS: Final = 5
"""The `Retry-After` of a 429: a guess, because the end of a running reply is not known."""
JSON_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


def create_app(settings: Settings, dependencies: Dependencies | None = None) -> web.Application:
    """Build the relay; it opens its database when the application starts.

    The start raises `StorageError` if the database cannot be used.
    """
    max_body_bytes = ENCODED_BYTES_PER_BYTE * settings.max_message_bytes + FORM_OVERHEAD_BYTES
    app = web.Application(middlewares=[_errors_as_json, _preflight], client_max_size=max_body_bytes)

    async def relay(app: web.Application) -> AsyncIterator[None]:
        async with running_relay(settings, dependencies or Dependencies()) as app[RELAY]:
            yield

    async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
        origin = request.headers.get(hdrs.ORIGIN)
        response.headers.update(cors_headers(origin, request.app[RELAY].origins))
        for name, value in JSON_HEADERS.items():
            response.headers.setdefault(name, value)

    app.cleanup_ctx.append(relay)
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(_end_turns)
    app.add_routes(routes)
    app.router.add_get("/openapi.json", _openapi, allow_head=False)
    app.router.add_get("/healthz", _healthz, allow_head=False)
    app.router.add_get("/readyz", _readyz, allow_head=False)
    return app


@cache
def load_openapi() -> dict[str, Any]:
    """Return the OpenAPI description of the relay."""
    from streamproof.contracts.source.yaml_text import load_yaml  # a start must not wait for it

    text = files("streamproof.contracts").joinpath("openapi/relay.openapi.yaml").read_text("utf-8")
    value = load_yaml(text).value
    assert isinstance(value, dict)  # noqa: S101 - a file of this package
    return value


async def drain(app: web.Application) -> None:
    """Refuse new turns, and wait for the running ones, at most `drain_seconds`."""
    relay = app[RELAY]
    await relay.turns.drain(relay.settings.drain_seconds)


async def _end_turns(app: web.Application) -> None:
    """End the running turns before the connections close, so that browsers get the last frame."""
    await app[RELAY].turns.close()


@web.middleware
async def _errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except RequestRefused as refusal:
        return _refused(refusal)
    except StorageError as error:
        _logger.error("%s %s: %s", request.method, request.path, error)  # noqa: TRY400 - no traceback needed
        return _refused(Unavailable("The database is not available"))
    except TimeoutError:
        return _error(408, "Request took too long")
    except web.HTTPException as error:
        return _error(error.status, error.reason, _allow(error))
    except Exception:
        _logger.exception("%s %s", request.method, request.path)
        return _error(500, "Internal server error")


def _refused(refusal: RequestRefused) -> web.Response:
    return _error(refusal.status, str(refusal), _advice_headers(refusal))


def _advice_headers(refusal: RequestRefused) -> dict[str, str]:
    """Return the headers that tell a client what to do (RFC 9110, sections 10.2.3 and 11.6.1)."""
    match refusal:
        case Unauthorized():
            return {hdrs.WWW_AUTHENTICATE: "Bearer"}
        case TooManyTurns():
            return {hdrs.RETRY_AFTER: str(TURN_RETRY_SECONDS)}
        case Unavailable(retry_after_seconds=seconds):
            return {hdrs.RETRY_AFTER: str(seconds)}
        case _:
            return {}


def _error(status: int, text: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response({"error": text}, status=status, headers=headers)


def _allow(error: web.HTTPException) -> dict[str, str]:
    """Return the `Allow` header, which a 405 must have."""
    return {hdrs.ALLOW: error.headers[hdrs.ALLOW]} if hdrs.ALLOW in error.headers else {}


@web.middleware
async def _preflight(request: web.Request, handler: Handler) -> web.StreamResponse:
    if (
        request.method == hdrs.METH_OPTIONS
        and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
    ):
        headers = preflight_headers(request.headers, request.app[RELAY].origins)
        return web.Response(status=204, headers=headers)
    return await handler(request)


async def _openapi(_request: web.Request) -> web.Response:
    """Return the OpenAPI description."""
    return web.json_response(load_openapi())


async def _healthz(_request: web.Request) -> web.Response:
    """Report that the process is alive."""
    return web.json_response({"status": "ok"})


async def _readyz(request: web.Request) -> web.Response:
    """Report whether the relay accepts a new turn: it is not draining, and can write."""
    relay = request.app[RELAY]
    if relay.turns.draining:
        raise Unavailable("Shutting down")
    await relay.database.write(lambda _transaction: None)
    return web.json_response({"status": "ready"})
