"""Servers of npm packages, as real processes."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from tests.processes import READY_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

LOCAL: Final = re.compile(r"Local: +(http://[\w.:]+)")
COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")


@asynccontextmanager
async def node_server(folder: Path, *command: str, **environment: str) -> AsyncIterator[str]:
    """Run a server in a folder while the block runs; yield the URL that it prints."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,  # it may start processes of its own
    )
    rest: asyncio.Task[bytes] | None = None
    try:
        url = await _printed_url(process)
        assert process.stdout is not None
        rest = asyncio.create_task(process.stdout.read())  # a full pipe would stop the server
        yield url
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        if rest is not None:
            await rest


async def _printed_url(process: asyncio.subprocess.Process) -> str:
    """Read the output of a server up to its URL."""
    assert process.stdout is not None
    output = ""
    async with asyncio.timeout(READY_SECONDS):
        while not (found := LOCAL.search(output)):
            line = await process.stdout.readline()
            assert line, f"the server has ended: {output}"
            output += COLOUR.sub("", line.decode())
    return found[1]
