"""The mock as a web application: its routes, its errors as JSON, and what they are wired to.

A runner of it must set `handler_cancellation`, as `serving` does: that is how a reply that waits
learns that its client has left.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from aiohttp import HttpVersion11, web

from contracts.source import did_you_mean, load_yaml
from mock_ai.asking import Asked, Question, read_body, read_fields
from mock_ai.clock import Clock
from mock_ai.cors import cors_headers, is_preflight, preflight_headers
from mock_ai.driver import ScriptedResponse, Stage
from mock_ai.errors import BadRequest, NoSuchScenario, WrongScenario
from mock_ai.facts import Facts
from mock_ai.journal import Ended, Entry, Journal
from mock_ai.matching import Attempts, Named, Unmatched, choose
from mock_ai.overrides import read_overrides
from mock_ai.repertoire import Repertoire
from mock_ai.wheel import best_clock

if TYPE_CHECKING:
    from mock_ai.loading import Library

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

MAX_BODY_BYTES: Final = 1_048_576
_STOP_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class House:
    """What the routes share."""

    library: Library
    default: str | None
    stage: Stage
    repertoire: Repertoire = field(default_factory=Repertoire)
    attempts: Attempts = field(default_factory=Attempts)


HOUSE: Final = web.AppKey("house", House)
JOURNAL: Final = web.AppKey("journal", Journal)


def create_app(
    library: Library,
    *,
    default: str | None = None,
    speed: float = 1,
    clock: Clock | None = None,
    journal: Journal | None = None,
) -> web.Application:
    """Build the application; `speed` divides every silence, and 0 leaves them out.

    Raises `NoSuchScenario` for a default that the library does not have.
    """
    if default is not None and default not in library.scenarios:
        advice = did_you_mean(default, library.scenarios)
        raise NoSuchScenario(f"no scenario is named '{default}'{f'; {advice}' if advice else ''}")
    stage = Stage(Journal() if journal is None else journal, clock or best_clock(), speed)
    app = web.Application(middlewares=[_edge], client_max_size=MAX_BODY_BYTES)
    app[HOUSE] = House(library, default, stage)
    app[JOURNAL] = stage.journal
    app.on_shutdown.append(_close_stage)
    app.on_cleanup.append(_close_clock)
    for path in ("/chat/stream", "/s/{name}/chat/stream"):
        app.router.add_post(path, _posted)
        app.router.add_get(path, _got)
    app.router.add_get("/openapi.json", _openapi)
    app.router.add_get("/healthz", _healthz)
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
        await web.TCPSite(runner, host, port).start()
        shown = f"[{host}]" if ":" in host else host
        yield f"http://{shown}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _close_stage(app: web.Application) -> None:
    app[HOUSE].stage.close()


async def _close_clock(app: web.Application) -> None:
    app[HOUSE].stage.clock.close()


async def _posted(request: web.Request) -> web.StreamResponse:
    body = await request.read()
    return _answer(request, body, read_body(request.headers.get("Content-Type", ""), body))


async def _got(request: web.Request) -> web.StreamResponse:
    return _answer(request, b"", read_fields(request.query))


def _answer(request: web.Request, body: bytes, question: Question) -> web.StreamResponse:
    house = request.app[HOUSE]
    headers = tuple(request.headers.items())
    asked = Asked(request.method, request.path_qs, headers, body, question)
    overrides = read_overrides(request.headers, request.query)
    speed = house.stage.speed if overrides.speed is None else overrides.speed
    entry = house.stage.journal.add(Entry(asked, speed=speed))
    facts = Facts(asked, house.attempts.count("", question))
    found = choose(house.library.scenarios, _named(request), facts, house.default)
    if isinstance(found, Unmatched):
        house.stage.journal.end(entry, Ended.UNMATCHED)
        return _unmatched(found)
    entry.scenario = found.name
    entry.attempt = house.attempts.count(found.name, question)
    try:
        script = house.repertoire.script(
            found,
            Facts(asked, entry.attempt),
            overrides.faults,
            method=request.method,
            http_1_0=request.version < HttpVersion11,
        )
    except WrongScenario as error:
        house.stage.journal.end(entry, Ended.UNPLAYABLE)
        raise BadRequest(f"'{found.name}' cannot be played for this request: {error}") from error
    return ScriptedResponse(script, cors_headers(request.headers), entry, house.stage)


def _named(request: web.Request) -> Named:
    return Named(
        prefix=request.match_info.get("name"),
        header=request.headers.get("X-Scenario"),
        query=request.query.get("scenario"),
    )


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
