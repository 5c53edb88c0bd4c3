"""A real Vite dev server with the configuration of a test."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.node_packages import installed, node_path
from tests.node_servers import node_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HERE: Final = Path(__file__).resolve().parent
PLAIN_PAGE: Final = "plain.html"
"""A page that Vite serves unchanged, without its client script."""


def vite_command() -> list[str]:
    """Return the command of the Vite version in package.json."""
    return [node_path(), str(installed(HERE, "vite") / "vite" / "bin" / "vite.js")]


@asynccontextmanager
async def vite(folder: Path, config: str) -> AsyncIterator[str]:
    """Run the dev server of a project with this `vite.config.js`; yield its URL."""
    command = vite_command()
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "public").mkdir()
    (folder / "public" / PLAIN_PAGE).write_text("<!doctype html><title>Mine</title>")
    (folder / "vite.config.js").write_text(config)
    async with node_server(folder, *command, "--host", "127.0.0.1", "--port", "0") as url:
        yield url
