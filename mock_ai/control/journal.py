"""The journal over the control API: list, read, wait, export and clear."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from streamproof.mock_ai.control.export import as_curl, as_scenario, exchange_of, without_secrets
from streamproof.mock_ai.control.export_page import export_page
from streamproof.mock_ai.control.json_views import JsonObject, entry_json, whole_entry_json
from streamproof.mock_ai.control.overview import overview_json
from streamproof.mock_ai.control.parse_request import (
    read_entry_filter,
    read_number,
    read_timeout_ms,
)
from streamproof.mock_ai.control.timeline import timeline_json
from streamproof.mock_ai.errors import InvalidRequest
from streamproof.mock_ai.scenario.names import is_scenario_name

if TYPE_CHECKING:
    from aiohttp import web

    from streamproof.mock_ai.control.scope import Scope


async def list_all(request: web.Request, scope: Scope) -> JsonObject:
    """List requests, oldest first."""
    wanted = read_entry_filter(request.query)
    return {"entries": [entry_json(entry) for entry in scope.journal if wanted.fits(entry)]}


async def get(request: web.Request, scope: Scope) -> JsonObject:
    """Return a request and its reply with all bytes."""
    return whole_entry_json(scope.entry(int(request.match_info["number"])))


async def timeline(request: web.Request, scope: Scope) -> JsonObject:
    """Return a request with the plan, the writes and events of its reply, and the deliveries."""
    entry = scope.entry(int(request.match_info["number"]))
    curl = as_curl(entry, f"{request.scheme}://{request.host}")
    return {**await timeline_json(entry, scope), "curl": curl}


async def scenario(request: web.Request, scope: Scope) -> JsonObject:
    """Return an exchange as the text of a scenario file."""
    name = request.query.get("name", "")
    if not is_scenario_name(name):
        wanted = "wanted a name like hr-policy (a-z, 0-9 and -)"
        raise InvalidRequest(f"name: {wanted}, got '{name}'")
    entry = scope.entry(int(request.match_info["number"]))
    exchange = exchange_of(entry)
    text = await asyncio.to_thread(as_scenario, exchange, name)  # masking can take long
    return {"name": name, "text": text}


async def page(request: web.Request, scope: Scope) -> web.Response:
    """Return a request and its reply as one HTML file that needs no network."""
    entry = scope.entry(int(request.match_info["number"]))
    shown = await timeline_json(entry, scope)
    return export_page(await asyncio.to_thread(without_secrets, shown, entry.request))


async def overview(_request: web.Request, scope: Scope) -> JsonObject:
    """List requests with the size and state of their replies, oldest first."""
    return overview_json(scope)


async def export(request: web.Request, scope: Scope) -> JsonObject:
    """Return all requests with all bytes, oldest first."""
    wanted = read_entry_filter(request.query)
    return {"entries": [whole_entry_json(entry) for entry in scope.journal if wanted.fits(entry)]}


async def wait(request: web.Request, scope: Scope) -> JsonObject:
    """Return when there are `count` matching requests, or at the timeout."""
    wanted = read_entry_filter(request.query)
    count = read_number(request.query, "count", 1, least=1)
    found = await scope.wait_for(count, wanted.fits, read_timeout_ms(request.query))
    return {"reached": len(found) >= count, "entries": [entry_json(entry) for entry in found]}


async def clear(_request: web.Request, scope: Scope) -> None:
    """Delete all requests."""
    scope.clear_journal()
