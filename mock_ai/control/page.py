"""Serve the inspector's page and its files, at `/__ui`, and below `/run/ID` for one run.

The page loads nothing from other servers. No content of a stream can run, because the policy below
allows only the package's own scripts.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.typedefs import Handler

    from streamproof.mock_ai.control.access import Access

UI: Final = "/__ui"

_INDEX: Final = "index.html"
TYPES: Final[Mapping[str, str]] = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
ICON: Final = "favicon.svg"
HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def inspector_folder() -> Path:
    """Return the folder with the files of the page."""
    return Path(str(files("streamproof.mock_ai"))) / "inspector"


def file_response(path: Path) -> web.Response:
    """Return a file of a page, which is small.

    aiohttp's own `FileResponse` leaves its file open if the client leaves while it is being opened.
    """
    headers = {**HEADERS, "Content-Type": TYPES[path.suffix]}
    return web.Response(body=path.read_bytes(), headers=headers)


def add_page(app: web.Application, access: Access, prefix: str = "") -> None:
    """Add routes for the page and its files; the prefix itself redirects to the page."""
    app.router.add_get(prefix + "/", _redirect)
    if prefix:
        app.router.add_get(prefix, _redirect)
    app.router.add_get(f"{prefix}/favicon.ico", _file(inspector_folder() / ICON, access))
    app.router.add_get(prefix + UI, _file(inspector_folder() / _INDEX, access))
    app.router.add_get(f"{prefix}{UI}/{{name:{_names()}}}", _file(inspector_folder(), access))


@cache
def _names() -> str:
    """Return a pattern for the names of the files; a route for each would slow every start."""
    paths = sorted(inspector_folder().iterdir())
    names = [path.name for path in paths if path.suffix in TYPES and path.name != _INDEX]
    return "|".join(map(re.escape, names))


async def _redirect(request: web.Request) -> web.Response:
    location = request.path.removesuffix("/") + UI
    return web.Response(status=302, headers={"Location": location})


def _file(path: Path, access: Access) -> Handler:
    """Return a handler that sends a file, or the file of a folder that the request names."""

    async def file(request: web.Request) -> web.Response:
        access.check(request.method, request.headers)
        return file_response(path / request.match_info.get("name", ""))

    return file
