"""Runs over the control API: active scenario, queue, speed and reset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamproof.mock_ai.control.json_views import JsonObject
from streamproof.mock_ai.control.parse_request import is_speed, is_text, read_key
from streamproof.mock_ai.errors import InvalidRequest, NoSuchScenario
from streamproof.mock_ai.serving.runs import MAX_QUEUED

if TYPE_CHECKING:
    from aiohttp import web

    from streamproof.mock_ai.control.scope import Scope


async def get_active(_request: web.Request, scope: Scope) -> JsonObject:
    """Return the active scenario, which answers requests that do not name one; null if unset."""
    return {"scenario": scope.run.active}


async def put_active(request: web.Request, scope: Scope) -> JsonObject:
    """Set the active scenario."""
    name = await read_key(request, "scenario", is_text, "the name of a scenario")
    scope.run.active = _known(scope, name)
    return {"scenario": name}


async def delete_active(_request: web.Request, scope: Scope) -> None:
    """Unset the active scenario, so that rules and the default choose again."""
    scope.run.active = None


async def get_queue(_request: web.Request, scope: Scope) -> JsonObject:
    """Return the scenarios for the next messages."""
    return {"scenarios": list(scope.run.queue)}


async def post_queue(request: web.Request, scope: Scope) -> JsonObject:
    """Queue scenarios, each for one message."""
    want = "the names of scenarios"
    names: list[str] = await read_key(request, "scenarios", _are_names, want)
    if len(scope.run.queue) + len(names) > MAX_QUEUED:
        count = len(scope.run.queue) + len(names)
        message = f"scenarios: wanted at most {MAX_QUEUED} in the queue, got {count}"
        raise InvalidRequest(message)
    scope.run.queue.extend([_known(scope, name) for name in names])
    return {"scenarios": list(scope.run.queue)}


async def delete_queue(_request: web.Request, scope: Scope) -> None:
    """Empty the queue."""
    scope.run.queue.clear()


async def get_clock(_request: web.Request, scope: Scope) -> JsonObject:
    """Return the speed of replies; 0 means no delays."""
    return {"speed": scope.run.group.speed}


async def put_clock(request: web.Request, scope: Scope) -> JsonObject:
    """Set the speed of replies that begin from now on."""
    speed = await read_key(request, "speed", is_speed, "a number of at least 0")
    scope.set_speed(speed)
    return {"speed": speed}


async def list_all(_request: web.Request, scope: Scope) -> JsonObject:
    """List the runs, most recently used last."""
    return {
        "runs": [
            {
                "run": run.id,
                "requests": len(run.journal),
                "streams": len(run.group.streams),
                "active": run.active,
                "queued": len(run.queue),
                "speed": run.group.speed,
            }
            for run in scope.runs
        ]
    }


async def reset(_request: web.Request, scope: Scope) -> None:
    """Reset journal, counters, queue, active scenario and speed; streams stay open."""
    scope.reset()


def _are_names(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(is_text, value))


def _known(scope: Scope, name: str) -> str:
    scenarios = scope.state.registry.scenarios
    if name not in scenarios:
        raise NoSuchScenario.named(name, scenarios)
    return name
