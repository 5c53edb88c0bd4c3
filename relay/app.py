"""Builds the relay as a web application from its settings and dependencies.

Every response that is not a stream is JSON, including all errors.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from aiohttp import hdrs, web

from streamproof.relay.cors import cors_headers, preflight_headers
from streamproof.relay.dependencies import Dependencies
from streamproof.relay.errors import Unavailable
from streamproof.relay.responses import add_headers, errors_as_json
from streamproof.relay.routes import RELAY, routes
from streamproof.relay.service import running_relay
from streamproof.relay.storage import readiness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from aiohttp.typedefs import Handler

    from streamproof.relay.service import Relay
    from streamproof.relay.settings import Settings

FORM_OVERHEAD_BYTES: Final = 16_384
ENCODED_BYTES_PER_BYTE: Final = 3
"""In a URL-encoded form, one byte of a message takes up to three bytes."""

PROBES: Final = (b"GET /healthz ", b"GET /readyz ")
"""How the requests begin that ask whether the relay works: users' requests do not delay them."""

LAST_FRAME_SECONDS: Final = 5.0
"""How long browsers have, at the end of the relay, to read what they have not read yet."""


def create_app(settings: Settings, dependencies: Dependencies | None = None) -> web.Application:
    """Build the relay; it opens its database when the application starts.

    The start raises `StorageError` if the database cannot be used.
    """
    dependencies = dependencies or Dependencies()
    max_body_bytes = ENCODED_BYTES_PER_BYTE * settings.max_message_bytes + FORM_OVERHEAD_BYTES
    app = web.Application(
        middlewares=[errors_as_json(dependencies.new_request_id), _preflight],
        client_max_size=max_body_bytes,
    )

    async def relay(app: web.Application) -> AsyncIterator[None]:
        async with running_relay(settings, dependencies) as app[RELAY]:
            yield

    async def prepare(request: web.Request, response: web.StreamResponse) -> None:
        origin = request.headers.get(hdrs.ORIGIN)
        response.headers.update(cors_headers(origin, request.app[RELAY].origins))
        add_headers(response)

    app.cleanup_ctx.append(relay)
    app.on_response_prepare.append(prepare)
    app.on_shutdown.append(_end_turns)
    app.add_routes(routes)
    app.router.add_get("/openapi.json", _openapi, allow_head=False)
    app.router.add_get("/healthz", _healthz, allow_head=False)
    app.router.add_get("/readyz", _readyz, allow_head=False)
    app.router.add_get("/metrics", _metrics, allow_head=False)
    return app


def load_openapi() -> dict[str, Any]:
    """Return the OpenAPI description of the relay."""
    # Imported here: a start must not wait for the reader of YAML.
    from streamproof.contracts.openapi_documents import openapi_document

    return openapi_document("relay")


async def drain(app: web.Application) -> None:
    """Refuse new turns, and wait for the running ones, at most `drain_seconds`."""
    relay = app[RELAY]
    await relay.turns.drain(relay.settings.drain_seconds)


async def _end_turns(app: web.Application) -> None:
    """End the running turns before the connections close, so that browsers get the last frame."""
    relay = app[RELAY]
    await relay.turns.close()
    if relay.sending:
        _, late = await asyncio.wait(relay.sending, timeout=LAST_FRAME_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


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
    relay.database.check()
    await relay.database.write(partial(readiness.write, now=relay.dependencies.now()))
    return web.json_response({"status": "ready"})


async def _metrics(request: web.Request) -> web.Response:
    """Return the metrics for Prometheus."""
    text, content_type = await asyncio.to_thread(_exposition, request.app[RELAY], request.headers)
    return web.Response(body=text, headers={hdrs.CONTENT_TYPE: content_type})


def _exposition(relay: Relay, headers: Mapping[str, str]) -> tuple[bytes, str]:
    from streamproof.relay.exposition import exposition  # a start must not wait for the library

    accept = headers.get(hdrs.ACCEPT, "")
    return exposition(relay.metrics, lambda: relay.streams_of_turn.total, accept)
