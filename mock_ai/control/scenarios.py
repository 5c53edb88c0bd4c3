"""Scenarios over the control API: list, read, add, delete and validate.

All runs share them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from streamproof.contracts.source.document import load_yaml
from streamproof.mock_ai.control.json_views import JsonObject, errors_json, scenario_json
from streamproof.mock_ai.control.parse_request import read_scenario_text
from streamproof.mock_ai.errors import NoSuchScenario, ScenarioErrors
from streamproof.mock_ai.library.loading import load_scenario

if TYPE_CHECKING:
    from pathlib import Path

    from aiohttp import web

    from streamproof.mock_ai.control.scope import Scope


async def list_all(_request: web.Request, scope: Scope) -> JsonObject:
    """List the scenarios by name, the errors of scenario files, and the default scenario."""
    registry = scope.state.registry
    ordered = sorted(registry.scenarios.values(), key=lambda scenario: scenario.name)
    return {
        "scenarios": [scenario_json(scenario, registry) for scenario in ordered],
        "errors": errors_json(registry.errors),
        "default": scope.state.default,
    }


async def get(request: web.Request, scope: Scope) -> JsonObject:
    """Return a scenario with its text; the text of a file is its current text, even if invalid."""
    registry, name = scope.state.registry, request.match_info["name"]
    scenario = registry.scenarios.get(name)
    if scenario is None:
        raise NoSuchScenario.named(name, registry.scenarios)
    text = registry.text(name)
    if text is None and scenario.path is not None:
        text = _read(scenario.path)
    return {**scenario_json(scenario, registry), "text": text}


async def put(request: web.Request, scope: Scope) -> JsonObject:
    """Add a scenario as YAML or JSON, until the next reset; the URL must have its name."""
    text = await read_scenario_text(request)
    scenario = load_scenario(text)  # without awaiting, so that a later request cannot overtake it
    name = request.match_info["name"]
    if scenario.name != name:
        message = f"name: wanted '{name}' as in the URL, got '{scenario.name}'"
        raise ScenarioErrors([load_yaml(text).error(("name",), message)])
    scope.state.registry.put(scenario, text)
    return scenario_json(scenario, scope.state.registry)


async def delete(request: web.Request, scope: Scope) -> None:
    """Remove a scenario, until the next reset."""
    scope.state.registry.delete(request.match_info["name"])


async def validate(request: web.Request, _scope: Scope) -> JsonObject:
    """Return the errors of a scenario without adding it."""
    try:
        scenario = await asyncio.to_thread(load_scenario, await read_scenario_text(request))
    except ScenarioErrors as error:
        return {"valid": False, "name": None, "errors": errors_json(error.errors)}
    return {"valid": True, "name": scenario.name, "errors": []}


def _read(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
