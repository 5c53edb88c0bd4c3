"""A real Vite dev server with the configuration of a test."""

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
    """Read the output of Vite up to its URL."""
    assert process.stdout is not None
    output = ""
    async with asyncio.timeout(READY_SECONDS):
        while not (found := LOCAL.search(output)):
            line = await process.stdout.readline()
            assert line, f"Vite has ended: {output}"
            output += COLOUR.sub("", line.decode())
    return found[1]
