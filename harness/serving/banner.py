"""What `streamproof serve` says when it is ready: links, and what to paste."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from streamproof.contracts.text import counted
from streamproof.harness.serving import snippets
from streamproof.harness.serving.backend import ROOM, USER

if TYPE_CHECKING:
    from streamproof.harness.serving.backend import LocalBackend


def ready_line(backend: LocalBackend) -> str:
    """Say in a line that it is ready, and where."""
    return f"streamproof {version('streamproof')} is ready: {backend.url}/"


def ready_json(backend: LocalBackend, database: str) -> dict[str, Any]:
    """Return the same and more, for scripts."""
    return {
        "ready": True,
        "url": backend.url,
        "mockUrl": backend.mock_url,
        "inspectorUrl": backend.inspector_url,
        "scenarios": len(backend.library.scenarios),
        "errors": len(backend.library.errors),
        "database": database,
        "user": USER,
        "room": ROOM,
    }


def banner(backend: LocalBackend, database: str) -> Iterator[tuple[str, str | None]]:
    """Yield paragraphs, each with the style of its text."""
    url = backend.url
    count = counted(len(backend.library.scenarios), "scenario")
    rows = [
        ("Chat", f"{url}/"),
        ("Example", f"{url}/example.html"),
        ("Relay", f"{url}/api/chat    requests without a token are the user '{USER}'"),
        ("Inspector", f"{backend.inspector_url}    every stream of the mock, byte by byte"),
        ("Mock AI", f"{backend.mock_url}    {count}; start a message with /NAME to choose one"),
        ("Database", database),
    ]
    yield ready_line(backend), "ok"
    yield "", None
    for name, value in rows:
        yield f"  {name:<10}{value}", None
    for title, text in pasted(url):
        yield f"\n{title}", "title"
        yield text, None


def pasted(url: str) -> Iterator[tuple[str, str]]:
    """Yield the snippets with what they are for."""
    yield "In a shell", snippets.curl(url, ROOM)
    yield "In a page on localhost, with EventSource", snippets.event_source(url, ROOM)
    yield "In a page on localhost, with fetch", snippets.fetch(url, ROOM)
    yield "In a Vite project, to have /api on the page's own origin", snippets.vite(url)
