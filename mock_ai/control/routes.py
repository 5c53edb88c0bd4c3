"""The routes of the control API: paths, handlers and statuses.

Each route exists for the whole mock, and below `/run/ID` for one run. The module that answers it is
imported at its first request, because a start must not wait for modules that it does not need.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from aiohttp import web

from streamproof.mock_ai.control.feed import Feed
from streamproof.mock_ai.control.json_views import errors_json
from streamproof.mock_ai.control.page import add_page
from streamproof.mock_ai.control.scope import Scope
from streamproof.mock_ai.errors import (
    CannotRecord,
    CannotSteer,
    InvalidRequest,
    MockError,
    NoSuchScenario,
    RegistryFull,
    ScenarioErrors,
)
from streamproof.mock_ai.request.target import RUN_ID

if TYPE_CHECKING:
    from streamproof.mock_ai.control.access import Access
    from streamproof.mock_ai.serving.state import MockState

PREFIX: Final = "/__mock"

Answer: TypeAlias = Callable[[web.Request, Scope], Awaitable[Any]]


class Route(NamedTuple):
    """One operation, answered by a function of a module in this folder: `MODULE.FUNCTION`.

    The result of the function is a response, or a value for JSON; None is 204 without content.
    """

    method: str
    path: str
    function: str


async def answer_of(function: str) -> Answer:
    """Return a function of a route; import its module in another thread if necessary."""
    if function not in _answers:
        module, _, name = function.partition(".")
        imported = await asyncio.to_thread(import_module, f"{__package__}.{module}")
        _answers[function] = getattr(imported, name)
    return _answers[function]


_answers: Final[dict[str, Answer]] = {}


_NUMBER: Final = "{number:[0-9]{1,9}}"

ROUTES: Final = (
    Route("GET", "/scenarios", "scenarios.list_all"),
    Route("GET", "/scenarios/{name}", "scenarios.get"),
    Route("PUT", "/scenarios/{name}", "scenarios.put"),
    Route("DELETE", "/scenarios/{name}", "scenarios.delete"),
    Route("POST", "/validate", "scenarios.validate"),
    Route("GET", "/active", "runs.get_active"),
    Route("PUT", "/active", "runs.put_active"),
    Route("DELETE", "/active", "runs.delete_active"),
    Route("GET", "/queue", "runs.get_queue"),
    Route("POST", "/queue", "runs.post_queue"),
    Route("DELETE", "/queue", "runs.delete_queue"),
    Route("GET", "/clock", "runs.get_clock"),
    Route("PUT", "/clock", "runs.put_clock"),
    Route("GET", "/runs", "runs.list_all"),
    Route("POST", "/reset", "runs.reset"),
    Route("GET", "/journal", "journal.list_all"),
    Route("DELETE", "/journal", "journal.clear"),
    Route("GET", f"/journal/{_NUMBER}", "journal.get"),
    Route("GET", f"/journal/{_NUMBER}/timeline", "journal.timeline"),
    Route("GET", f"/journal/{_NUMBER}/scenario", "journal.scenario"),
    Route("GET", f"/journal/{_NUMBER}/page", "journal.page"),
    Route("GET", "/overview", "journal.overview"),
    Route("GET", "/export", "journal.export"),
    Route("GET", "/wait", "journal.wait"),
    Route("GET", "/streams", "streams.list_all"),
    Route("POST", f"/streams/{_NUMBER}/release", "streams.release"),
    Route("POST", f"/streams/{_NUMBER}/step", "streams.step"),
    Route("POST", f"/streams/{_NUMBER}/pause", "streams.pause"),
    Route("POST", f"/streams/{_NUMBER}/resume", "streams.resume"),
    Route("POST", f"/streams/{_NUMBER}/drop", "streams.drop"),
    Route("POST", f"/streams/{_NUMBER}/push", "streams.push"),
    Route("POST", "/deliveries", "deliveries.report"),
    Route("GET", "/openapi.json", "document.openapi"),
)

_OLD_ROUTES: Final = (Route("POST", "/seen", "deliveries.report"),)
"""Routes under their old names, which are not documented."""

_STATUS: Final[tuple[tuple[type[MockError], int], ...]] = (
    (NoSuchScenario, 404),
    (CannotSteer, 409),
    (CannotRecord, 409),
    (RegistryFull, 409),
    (ScenarioErrors, 400),
)


def add_control(app: web.Application, state: MockState, access: Access) -> None:
    """Add the control API to a mock."""
    feed = Feed(state)
    app.on_shutdown.append(feed.close)
    for scope in ("", f"/run/{{run:{RUN_ID}}}"):
        prefix = scope + PREFIX
        add_page(app, access, scope)
        for path in ("", "/"):
            app.router.add_get(prefix + path, _handler("document.nothing", state, access))
        for method, path, function in (*ROUTES, *_OLD_ROUTES):
            handler = _handler(function, state, access)
            app.router.add_route(method, prefix + path, handler)
        app.router.add_get(f"{prefix}/feed", _feed_handler(feed, state, access), allow_head=False)


def _handler(
    function: str, state: MockState, access: Access
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        access.check(request.method, request.headers)
        try:
            answer = await answer_of(function)
            result = await answer(request, _scope(request, state))
        except InvalidRequest:
            raise
        except MockError as error:
            return _error_response(error)
        if isinstance(result, web.Response):
            return result
        return web.Response(status=204) if result is None else web.json_response(result)

    return handle


def _feed_handler(
    feed: Feed, state: MockState, access: Access
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        access.check(request.method, request.headers, live=True)
        return await feed.serve(request, _scope(request, state))

    return handle


def _scope(request: web.Request, state: MockState) -> Scope:
    return Scope(state, request.match_info.get("run"))


def _error_response(error: MockError) -> web.Response:
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), None)
    if status is None:
        raise error
    body: dict[str, object] = {"error": str(error)}
    if isinstance(error, ScenarioErrors):
        body = {"error": "the scenario is invalid", "errors": errors_json(error.errors)}
    return web.json_response(body, status=status)
