"""A real Vite dev server with a configuration that a test gives."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.node_packages import installed, node_path
from tests.processes import READY_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HERE: Final = Path(__file__).resolve().parent
LOCAL: Final = re.compile(r"Local: +(http://[\w.:]+)/")
COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
PLAIN_PAGE: Final = "plain.html"
"""A page that is served as it stands, without the client that Vite puts into others."""


def vite_command() -> list[str]:
    """Return the command of the Vite that package.json asks for."""
    return [node_path(), str(installed(HERE, "vite") / "vite" / "bin" / "vite.js")]


@asynccontextmanager
async def vite(folder: Path, config: str) -> AsyncIterator[str]:
    """Run the dev server of a project that has this `vite.config.js`; yields its URL."""
    command = vite_command()
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "public").mkdir()
    (folder / "public" / PLAIN_PAGE).write_text("<!doctype html><title>Mine</title>")
    (folder / "vite.config.js").write_text(config)
    process = await asyncio.create_subprocess_exec(
        *(*command, "--host", "127.0.0.1", "--port", "0"),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield await _ready(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _ready(process: asyncio.subprocess.Process) -> str:
    """Read its output until it says where it is."""
    assert process.stdout is not None
    said = ""
    async with asyncio.timeout(READY_SECONDS):
        while not (found := LOCAL.search(said)):
            line = await process.stdout.readline()
            assert line, f"Vite has ended: {said}"
            said += COLOUR.sub("", line.decode())
    return found[1]
