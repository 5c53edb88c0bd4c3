"""The pages of the local backend: files of the package, and the list of scenarios for them.

The pages load nothing from other hosts. Their content security policy allows only the package's
own scripts, so nothing in an answer can run.
"""

from __future__ import annotations

import json
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from streamproof.mock_ai.control.page import ICON, TYPES, file_response, inspector_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.typedefs import Handler

    from streamproof.mock_ai.library.registry import ScenarioRegistry
    from streamproof.mock_ai.scenario.summary import ScenarioSummary

INDEX: Final = "index.html"
SHARED: Final[Mapping[str, str]] = {
    "/chat/scenario-errors.js": "scenario-errors.js",
    "/chat/theme.js": "theme.js",
    "/chat/units.js": "units.js",
    "/theme.css": "theme.css",
    "/favicon.svg": ICON,
    "/favicon.ico": ICON,
}
"""The files of the inspector that all pages share, by their path here."""


def pages_folder() -> Path:
    """Return the folder of the pages."""
    return Path(str(files("streamproof.harness"))) / "pages"


def add_pages(
    app: web.Application, registry: ScenarioRegistry, about: Mapping[str, object]
) -> None:
    """Add every page at its path (the index at `/`), and `/scenarios.json`.

    `/scenarios.json` has the keys of `about`, and the scenarios and errors of the registry at the
    time of the request. The chat requests it every second, with the tag of what it has.
    """
    folder = pages_folder()
    for path in sorted(folder.rglob("*")):
        if path.suffix in TYPES:
            name = path.relative_to(folder).as_posix()
            app.router.add_get(f"/{'' if name == INDEX else name}", _page(path))

    for url, file in SHARED.items():
        app.router.add_get(url, _page(inspector_folder() / file))

    async def list_scenarios(request: web.Request) -> web.Response:
        scenarios = [scenario_json(one) for one in registry.scenarios.values()]
        errors = [error.render() for error in registry.errors]
        text = json.dumps({**about, "scenarios": scenarios, "errors": errors})
        tag = sha256(text.encode()).hexdigest()
        if tag in {known.value for known in request.if_none_match or ()}:
            return web.Response(status=304)
        response = web.json_response(text=text)
        response.etag = tag
        return response

    app.router.add_get("/scenarios.json", list_scenarios)


def scenario_json(scenario: ScenarioSummary) -> dict[str, Any]:
    """Return what the page shows of a scenario; its folder is its group."""
    return {
        "name": scenario.name,
        "title": scenario.title,
        "about": scenario.about,
        "group": scenario.path.parent.name if scenario.path else "",
    }


def _page(path: Path) -> Handler:
    async def page(_: web.Request) -> web.Response:
        return file_response(path)

    return page
