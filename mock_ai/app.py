"""The mock as a web application: its routes, its errors as JSON, and what they are wired to.

A runner of it must set `handler_cancellation`, as `serving` does: that is how a reply that waits
learns that its client has left.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from aiohttp import HttpVersion11, web

from contracts.source import load_yaml
from mock_ai.asking import Asked, Question, kept_headers, read_body, read_fields
from mock_ai.clock import Clock
from mock_ai.control.access import Access
from mock_ai.control.routes import add_control
from mock_ai.cors import cors_headers, is_preflight, preflight_headers
from mock_ai.driver import ScriptedResponse
from mock_ai.errors import BadRequest, WrongScenario
from mock_ai.facts import Facts
from mock_ai.house import House
from mock_ai.journal import Ended, Entry, Journal
from mock_ai.matching import Named, Unmatched, asks_by_name, choose
from mock_ai.overrides import read_overrides
from mock_ai.reload import Files, Reloaded, keep_fresh
from mock_ai.runs import RUN_ID, Run, Runs, run_in, without_run
from mock_ai.shelf import Shelf
from mock_ai.wheel import best_clock

if TYPE_CHECKING:
    from multidict import MultiMapping

    from mock_ai.loading import Library
    from mock_ai.scenario import Scenario

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

MAX_BODY_BYTES: Final = 1_048_576
_STOP_SECONDS: Final = 1.0
# So many clients may come at the same moment; those beyond it try again a second later.
_BACKLOG: Final = 4096

HOUSE: Final = web.AppKey("house", House)
JOURNAL: Final = web.AppKey("journal", Journal)


def create_app(
    library: Library,
    *,
    default: str | None = None,
    speed: float = 1,
    clock: Clock | None = None,
    journal: Journal | None = None,
    control_hosts: Iterable[str] = (),
    files: Files | None = None,
    on_reload: Callable[[Reloaded], None] | None = None,
) -> web.Application:
    """Build the application; `speed` divides every silence, and 0 leaves them out.

    The control API answers to `control_hosts`, and to the names of this machine itself. Changes of
    `files`, which gave the library, are taken over while it runs.

    Raises `NoSuchScenario` for a default that the library does not have.
    """
    everything = Journal() if journal is None else journal
    runs = Runs(everything, clock or best_clock(), speed)
    app = web.Application(middlewares=[_edge], client_max_size=MAX_BODY_BYTES)
    house = app[HOUSE] = House(Shelf(library), runs, default)
    app[JOURNAL] = everything
    if files is not None:
        app.cleanup_ctx.append(_reloading(files, on_reload))
    app.on_shutdown.append(_close_runs)
    app.on_cleanup.append(_close_clock)
    for prefix in ("", f"/run/{{run:{RUN_ID}}}"):
        for path in ("/chat/stream", "/s/{name}/chat/stream"):
            app.router.add_post(prefix + path, _posted)
            app.router.add_get(prefix + path, _got)
        app.router.add_get(f"{prefix}/openapi.json", _openapi)
        app.router.add_get(f"{prefix}/healthz", _healthz)
    add_control(app, house, Access(frozenset(map(str.lower, control_hosts))))
    return app


@asynccontextmanager
async def serving(
    app: web.Application, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[str]:
    """Serve the application for as long as the block lasts; yields its URL.

    Port 0 takes a free one. Raises OSError where the port is taken.
    """
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=_STOP_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, backlog=_BACKLOG).start()
        shown = f"[{host}]" if ":" in host else host
        yield f"http://{shown}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _reloading(
    files: Files, on_reload: Callable[[Reloaded], None] | None
) -> Callable[[web.Application], AsyncIterator[None]]:
    async def reloading(app: web.Application) -> AsyncIterator[None]:
        house = app[HOUSE]
        work = keep_fresh(files, house.shelf, house.runs.clock, on_reload)
        task = asyncio.create_task(work)
        yield
        task.cancel()
        await asyncio.wait([task])

    return reloading


async def _close_runs(app: web.Application) -> None:
    app[HOUSE].runs.close()


async def _close_clock(app: web.Application) -> None:
    app[HOUSE].runs.clock.close()


async def _posted(request: web.Request) -> web.StreamResponse:
    body = await request.read()
    return _answer(request, body, read_body(request.headers.get("Content-Type", ""), body))


async def _got(request: web.Request) -> web.StreamResponse:
    return _answer(request, b"", read_fields(request.query))


def _answer(request: web.Request, body: bytes, question: Question) -> web.StreamResponse:
    house = request.app[HOUSE]
    asked = Asked(
        request.method, request.path_qs, kept_headers(request.headers.items()), body, question
    )
    overrides = read_overrides(request.headers, _query(request))
    run = house.runs[request.match_info.get("run") or run_in(question.question)]
    speed = run.stage.speed if overrides.speed is None else overrides.speed
    entry = run.journal.add(Entry(asked, run=run.id, speed=speed, more_faults=overrides.faults))
    meant = asked.with_question(without_run(question))
    found = _choose(request, house, run, meant)
    if isinstance(found, Unmatched):
        run.journal.end(entry, Ended.UNMATCHED)
        return _unmatched(found)
    entry.scenario = found.name
    entry.attempt = run.attempts.count(found.name, question)
    try:
        script = house.repertoire.script(
            found,
            Facts(meant, entry.attempt),
            overrides.faults,
            method=request.method,
            http_1_0=request.version < HttpVersion11,
        )
    except WrongScenario as error:
        run.journal.end(entry, Ended.UNPLAYABLE)
        raise BadRequest(f"'{found.name}' cannot be played for this request: {error}") from error
    return ScriptedResponse(script, cors_headers(request.headers), entry, run.stage)


def _choose(request: web.Request, house: House, run: Run, meant: Asked) -> Scenario | Unmatched:
    named = _named(request)
    if not asks_by_name(named, meant.question.question):
        named = replace(named, standing=run.standing(meant.question))
    facts = Facts(meant, run.attempts.count("", meant.question))
    return choose(house.shelf.scenarios, named, facts, house.default)


def _named(request: web.Request) -> Named:
    query = _query(request)
    return Named(
        prefix=request.match_info.get("name"),
        header=request.headers.get("X-Scenario"),
        query=query.get("scenario") if query else None,
    )


def _query(request: web.Request) -> MultiMapping[str] | None:
    """Return the query, if there is one; reading none costs time and memory, too."""
    return request.query if request.query_string else None


def _unmatched(found: Unmatched) -> web.Response:
    near = [
        {**near._asdict(), "fields": [field._asdict() for field in near.fields]}
        for near in found.near
    ]
    return web.json_response({"error": found.message, "near": near}, status=404)


async def _openapi(_: web.Request) -> web.Response:
    return web.json_response(_openapi_document())


@cache
def _openapi_document() -> object:
    return load_yaml(Path(str(files("contracts"))) / "openapi" / "ai-service.openapi.yaml").value


async def _healthz(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


@web.middleware
async def _edge(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer preflights, turn errors into JSON, and say on every reply who may read it."""
    if is_preflight(request.method, request.headers):
        return web.Response(status=204, headers=dict(preflight_headers(request.headers)))
    try:
        response = await handler(request)
    except BadRequest as error:
        response = web.json_response({"error": str(error)}, status=error.status)
    except web.HTTPException as error:
        response = web.json_response({"error": error.reason}, status=error.status)
        response.headers.update({k: v for k, v in error.headers.items() if k == "Allow"})
    if not isinstance(response, ScriptedResponse):
        response.headers.extend(cors_headers(request.headers))
    return response
