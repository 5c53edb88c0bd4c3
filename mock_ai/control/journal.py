"""The journal over the control API: listed, read, waited for, exported, cleared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mock_ai.control.reading import read_number, read_timeout_ms, read_wanted
from mock_ai.control.showing import Shown, show_entry, show_whole_entry

if TYPE_CHECKING:
    from aiohttp import web

    from mock_ai.control.scope import Scope


async def list_all(request: web.Request, scope: Scope) -> Shown:
    """List requests, oldest first."""
    wanted = read_wanted(request.query)
    return {"entries": [show_entry(entry) for entry in scope.journal if wanted.fits(entry)]}


async def get(request: web.Request, scope: Scope) -> Shown:
    """Return a request and its reply with all bytes."""
    return show_whole_entry(scope.entry(int(request.match_info["number"])))


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
