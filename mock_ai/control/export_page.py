"""One stream as one HTML file: the inspector's own view, which opens from disk without a network.

The file contains the styles and the scripts of the inspector, and the timeline as JSON. An import
map gives each script module as a `data:` URL, because a page from disk cannot load modules.
"""

from __future__ import annotations

import base64
import html
import json
import re
from datetime import UTC, datetime
from functools import cache
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Final

from aiohttp import web

from streamproof.mock_ai.control.page import HEADERS, TYPES, inspector_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamproof.mock_ai.control.json_views import JsonObject

_ENTRY: Final = "exported.js"
_STYLES: Final = ("theme.css", "inspector.css")
_ICON: Final = "favicon.svg"
_IMPORT: Final = re.compile(r'(?<=["\s])"\./([a-z-]+\.js)"')
_PREFIX: Final = "streamproof/"
_NONCE_BYTES: Final = 16
_UNSAFE: Final = re.compile("[<>&\u2028\u2029]")

_PAGE: Final = """\
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="{policy}">
    <title>{title} · streamproof</title>
    <link rel="icon" href="{icon}">
    <style nonce="{nonce}">
{styles}
    </style>
    <script type="importmap" nonce="{nonce}">{modules}</script>
    <script type="application/json" id="exported">{story}</script>
    <script type="module" nonce="{nonce}">import "{entry}"</script>
  </head>
  <body class="exported">
    <header>
      <h1>streamproof <span>inspector</span></h1>
      <p id="exported-at">{about}</p>
      <shortcut-help></shortcut-help>
      <theme-switch></theme-switch>
    </header>
    <main id="story" tabindex="-1">
      <stream-story></stream-story>
      <noscript><p>This page needs JavaScript. It loads nothing from the network.</p></noscript>
    </main>
  </body>
</html>
"""


def export_page(story: JsonObject) -> web.Response:
    """Return the file as a download; `story` is a timeline."""
    now = datetime.now(UTC)
    name = f"stream-{story['number']}-{story['scenario'] or story['endpoint'] or 'refused'}.html"
    disposition = f'attachment; filename="{name}"'
    headers = {**HEADERS, "Content-Type": TYPES[".html"], "Content-Disposition": disposition}
    return web.Response(text=page_text(story, now), headers=headers)


def page_text(story: JsonObject, now: datetime) -> str:
    """Return the text of the file."""
    nonce = token_urlsafe(_NONCE_BYTES)
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}' data:; style-src 'nonce-{nonce}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    title = f"#{story['number']} {story['scenario'] or story['endpoint'] or 'refused request'}"
    return _PAGE.format(
        policy=policy,
        nonce=nonce,
        title=html.escape(title),
        icon=_data_url("image/svg+xml", _file(_ICON)),
        styles="\n".join(map(_file, _STYLES)),
        modules=_modules(),
        story=_in_script(story),
        entry=_PREFIX + _ENTRY,
        about=f"Exported at {now:%Y-%m-%d %H:%M:%S} UTC. Secrets of the request are stars.",
    )


@cache
def _modules() -> str:
    """Return the import map of the entry module and all modules that it imports."""
    found: dict[str, str] = {}
    waiting = [_ENTRY]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = _file(name)
            waiting += _imports(found[name])
    urls = {
        _PREFIX + name: _data_url("text/javascript", _IMPORT.sub(rf'"{_PREFIX}\1"', text))
        for name, text in sorted(found.items())
    }
    return json.dumps({"imports": urls})


def _imports(text: str) -> Iterator[str]:
    return (found[1] for found in _IMPORT.finditer(text))


def _file(name: str) -> str:
    return (inspector_folder() / name).read_text("utf-8")


def _data_url(kind: str, text: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(text.encode()).decode()}"


def _in_script(story: JsonObject) -> str:
    """Return JSON that cannot end its `<script>` element."""
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(story))
