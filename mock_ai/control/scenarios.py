"""Scenarios over the control API: listed, read, put, deleted, and checked without being kept.

They are shared by all runs.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from contracts.source import load_yaml
from mock_ai.control.reading import read_scenario_text
from mock_ai.control.showing import Shown, show_errors, show_scenario
from mock_ai.errors import NoSuchScenario, ScenarioErrors
from mock_ai.library.loading import load_scenario

if TYPE_CHECKING:
    from pathlib import Path

    from aiohttp import web

    from mock_ai.control.scope import Scope


async def list_all(_request: web.Request, scope: Scope) -> Shown:
    """List the scenarios that can be asked for, and what is wrong with the other files."""
    shelf = scope.house.shelf
    ordered = sorted(shelf.scenarios.values(), key=lambda scenario: scenario.name)
    return {
        "scenarios": [show_scenario(scenario, shelf) for scenario in ordered],
        "errors": show_errors(shelf.errors),
        "default": scope.house.default,
    }


async def get(request: web.Request, scope: Scope) -> Shown:
    """Return one scenario with its text; a file's as it is now, also where it is broken."""
    shelf, name = scope.house.shelf, request.match_info["name"]
    scenario = shelf.scenarios.get(name)
    if scenario is None:
        raise NoSuchScenario.named(name, shelf.scenarios)
    text = shelf.text(name)
    if text is None and scenario.path is not None:
        text = _read(scenario.path)
    return {**show_scenario(scenario, shelf), "text": text}


async def put(request: web.Request, scope: Scope) -> Shown:
    """Take in a scenario as YAML or JSON, until the next reset; its name is that of the URL."""
    text = await read_scenario_text(request)
    scenario = load_scenario(text)  # at once: a later request must not overtake it
    name = request.match_info["name"]
    if scenario.name != name:
        message = f"name: '{scenario.name}' is put as '{name}'"
        raise ScenarioErrors([load_yaml(text).error(("name",), message)])
    scope.house.shelf.put(scenario, text)
    return show_scenario(scenario, scope.house.shelf)


async def delete(request: web.Request, scope: Scope) -> None:
    """Take a scenario out, until the next reset."""
    scope.house.shelf.delete(request.match_info["name"])


async def validate(request: web.Request, _scope: Scope) -> Shown:
    """Say what is wrong with a scenario, and keep nothing."""
    try:
        scenario = await asyncio.to_thread(load_scenario, await read_scenario_text(request))
    except ScenarioErrors as error:
        return {"valid": False, "name": None, "errors": show_errors(error.errors)}
    return {"valid": True, "name": scenario.name, "errors": []}


def _read(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
