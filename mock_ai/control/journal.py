"""The journal over the control API: listed, read, waited for, exported, cleared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mock_ai.control.keeping import as_curl, as_scenario
from mock_ai.control.overview import show_overview
from mock_ai.control.reading import read_number, read_timeout_ms, read_wanted
from mock_ai.control.showing import Shown, show_entry, show_whole_entry
from mock_ai.control.timeline import show_timeline
from mock_ai.errors import BadRequest

if TYPE_CHECKING:
    from aiohttp import web

    from mock_ai.control.scope import Scope

_NAME: Final = re.compile("[a-z0-9]+(-[a-z0-9]+)*")


async def list_all(request: web.Request, scope: Scope) -> Shown:
    """List requests, oldest first."""
    wanted = read_wanted(request.query)
    return {"entries": [show_entry(entry) for entry in scope.journal if wanted.fits(entry)]}


async def get(request: web.Request, scope: Scope) -> Shown:
    """Return a request and its reply with all bytes."""
    return show_whole_entry(scope.entry(int(request.match_info["number"])))


async def timeline(request: web.Request, scope: Scope) -> Shown:
    """Return a request with its plan, its writes, their events, and what was seen downstream."""
    entry = scope.entry(int(request.match_info["number"]))
    curl = as_curl(entry, f"{request.scheme}://{request.host}")
    return {**show_timeline(entry, scope), "curl": curl}


async def scenario(request: web.Request, scope: Scope) -> Shown:
    """Return an exchange as the text of a scenario file."""
    name = request.query.get("name", "")
    if not _NAME.fullmatch(name):
        raise BadRequest(f"name: wanted one like hr-policy (a-z, 0-9 and -), got '{name}'")
    entry = scope.entry(int(request.match_info["number"]))
    return {"name": name, "text": as_scenario(entry, name)}


async def overview(_request: web.Request, scope: Scope) -> Shown:
    """List requests with how much came of them, oldest first."""
    return show_overview(scope)


async def export(request: web.Request, scope: Scope) -> Shown:
    """Return every request with all bytes."""
    wanted = read_wanted(request.query)
    return {"entries": [show_whole_entry(entry) for entry in scope.journal if wanted.fits(entry)]}


async def wait(request: web.Request, scope: Scope) -> Shown:
    """Return once there are so many requests, or when the time is up."""
    wanted = read_wanted(request.query)
    count = read_number(request.query, "count", 1, least=1)
    found = await scope.wait_for(count, wanted.fits, read_timeout_ms(request.query))
    return {"reached": len(found) >= count, "entries": [show_entry(entry) for entry in found]}


async def clear(_request: web.Request, scope: Scope) -> None:
    """Forget all requests."""
    scope.clear_journal()
