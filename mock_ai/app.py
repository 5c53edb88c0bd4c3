"""The mock as a web application: its routes, and a server for it.

A runner of the application must set `handler_cancellation`, as `serving` does. It ends a waiting
reply when its client leaves.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, cast

from aiohttp import web

from streamproof.contracts.addresses import http_url
from streamproof.contracts.loopback import LOOPBACK
from streamproof.contracts.origins import Origins, read_origin
from streamproof.mock_ai.clock import Clock
from streamproof.mock_ai.control.access import Access
from streamproof.mock_ai.control.routes import add_control
from streamproof.mock_ai.journal.journal import Journal
from streamproof.mock_ai.library.registry import ScenarioRegistry
from streamproof.mock_ai.library.reload import Files, Reloaded, keep_fresh
from streamproof.mock_ai.playing.exact_clock import best_clock
from streamproof.mock_ai.request.codings import MAX_REQUEST_BYTES
from streamproof.mock_ai.request.target import RUN_ID, is_own_page
from streamproof.mock_ai.serving.aiohttp_path import answer_request
from streamproof.mock_ai.serving.fast_path import FastPathServer
from streamproof.mock_ai.serving.invalid_http import (
    answering_in_json,
    brief_log,
    without_version,
)
from streamproof.mock_ai.serving.middleware import Handler, middleware_of
from streamproof.mock_ai.serving.runs import Runs
from streamproof.mock_ai.serving.state import MockState

if TYPE_CHECKING:
    from ssl import SSLContext

    from streamproof.mock_ai.library.library import Library

_STOP_SECONDS: Final = 1.0
# How many clients can connect at the same moment; further clients try again a second later.
_BACKLOG: Final = 4096

MOCK: Final = web.AppKey("mock", MockState)
JOURNAL: Final = web.AppKey("journal", Journal)


def create_app(
    library: Library,
    *,
    default: str | None = None,
    speed: float = 1,
    clock: Clock | None = None,
    journal: Journal | None = None,
    control_hosts: Iterable[str] = (),
    origins: Iterable[str] = (),
    files: Files | None = None,
    on_reload: Callable[[Reloaded], None] | None = None,
    chat_url: str | None = None,
) -> web.Application:
    """Build the application; `speed` divides every delay, and 0 removes all delays.

    The control API answers to `control_hosts` and to the names of this machine. Pages of this
    machine and of `origins` may read replies; see `read_origin`. If `files` are given, the
    application reloads them when they change. The inspector links to `chat_url`.

    Raises `NoSuchScenario` for a default that the library does not have.
    """
    everything = Journal() if journal is None else journal
    runs = Runs(everything, clock or best_clock(), speed)
    allowed = Origins(tuple(map(read_origin, origins)))
    state = MockState(ScenarioRegistry(library), runs, default, origins=allowed, chat_url=chat_url)
    app = web.Application(
        middlewares=[middleware_of(state), _questions], client_max_size=MAX_REQUEST_BYTES
    )
    app[MOCK] = state
    app[JOURNAL] = everything
    if files is not None:
        app.cleanup_ctx.append(_reloading(files, on_reload))
    app.on_response_prepare.append(without_version)
    app.on_shutdown.append(_close_runs)
    app.on_cleanup.append(_close_clock)
    for prefix in ("", f"/run/{{run:{RUN_ID}}}"):
        app.router.add_get(f"{prefix}/openapi.json", _openapi)
        app.router.add_get(f"{prefix}/healthz", _healthz)
    add_control(app, state, Access(frozenset(map(str.lower, control_hosts)), allowed))
    return app


@asynccontextmanager
async def serving(
    app: web.Application,
    host: str = LOOPBACK,
    port: int = 0,
    *,
    plain: bool = False,
    tls: SSLContext | None = None,
) -> AsyncIterator[str]:
    """Serve the application while the block runs, and yield its URL.

    Port 0 picks a free one. With `plain`, aiohttp reads every request, and the fast path is off.
    Raises OSError if the port is taken.
    """
    runner = web.AppRunner(
        app,
        handler_cancellation=True,
        shutdown_timeout=_STOP_SECONDS,
    )
    await runner.setup()
    # aiohttp would answer a broken coding in plain text, and the journal would not know.
    server = answering_in_json(
        cast("web.Server", runner.server), brief_log(), auto_decompress=False
    )
    fast_path = FastPathServer(server, app[MOCK])
    try:
        loop = asyncio.get_running_loop()
        factory = server if plain else fast_path
        listening = await loop.create_server(
            factory,
            host,
            port,
            backlog=_BACKLOG,
            ssl=tls,
            ssl_shutdown_timeout=_STOP_SECONDS if tls else None,
        )
        try:
            yield http_url(host, listening.sockets[0].getsockname()[1], tls=tls is not None)
        finally:
            listening.close()
            await fast_path.close()
    finally:
        await runner.cleanup()


def _reloading(
    files: Files, on_reload: Callable[[Reloaded], None] | None
) -> Callable[[web.Application], AsyncIterator[None]]:
    async def reloading(app: web.Application) -> AsyncIterator[None]:
        state = app[MOCK]
        work = keep_fresh(files, state.registry, state.runs.clock, on_reload)
        task = asyncio.create_task(work)
        yield
        task.cancel()
        await asyncio.wait([task])

    return reloading


async def _close_runs(app: web.Application) -> None:
    app[MOCK].runs.close()


async def _close_clock(app: web.Application) -> None:
    app[MOCK].runs.clock.close()


@web.middleware
async def _questions(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every request that is not for a page of the mock."""
    if is_own_page(request.method, request.raw_path):
        return await handler(request)
    return await answer_request(request, request.app[MOCK])


async def _openapi(_: web.Request) -> web.Response:
    # Imported here: a start must not wait for the reader of YAML.
    from streamproof.contracts.openapi_documents import openapi_document

    return web.json_response(openapi_document("ai-service"))


async def _healthz(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})
