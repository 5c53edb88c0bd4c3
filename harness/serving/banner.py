"""What `streamproof serve` prints when it is ready: URLs, and snippets to paste."""

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
    """Return the ready line, with the URL of the chat."""
    return f"streamproof {version('streamproof')} ready: {backend.url}/"


def ready_json(backend: LocalBackend, database: str) -> dict[str, Any]:
    """Return the ready message for scripts, with every URL."""
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
    """Yield paragraphs, each with the name of its style."""
    url = backend.url
    count = counted(len(backend.library.scenarios), "scenario")
    rows = [
        ("Chat", f"{url}/"),
        ("Example", f"{url}/example.html"),
        ("Relay", f"{url}/api/chat    a request without a token belongs to the user '{USER}'"),
        ("Inspector", f"{backend.inspector_url}    every stream of the mock, byte by byte"),
        ("Mock AI", f"{backend.mock_url}    {count}; begin a message with /NAME to select one"),
        ("Database", database),
    ]
    yield ready_line(backend), "ok"
    yield "", None
    for name, value in rows:
        yield f"  {name:<10}{value}", None
    for title, text in titled_snippets(url):
        yield f"\n{title}", "title"
        yield text, None


def titled_snippets(url: str) -> Iterator[tuple[str, str]]:
    """Yield the snippets, each with a title."""
    yield "In a shell", snippets.curl(url, ROOM)
    yield "In a page on localhost, with EventSource", snippets.event_source(url, ROOM)
    yield "In a page on localhost, with fetch", snippets.fetch(url, ROOM)
    yield "In a Vite project, if the page requests /api on its own origin", snippets.vite(url)
