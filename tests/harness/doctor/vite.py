"""A real Vite dev server, installed once into a cache that the tests of several processes share."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import re
import shutil
import subprocess
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import pytest

from tests.processes import READY_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HERE: Final = Path(__file__).resolve().parent
CACHE: Final = HERE.parents[2] / ".streamproof" / "vite"
LOCAL: Final = re.compile(r"Local: +(http://[\w.:]+)/")
COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
PLAIN_PAGE: Final = "plain.html"
"""A page that is served as it stands, without the client that Vite puts into others."""


def unavailable(what: str) -> NoReturn:
    """Skip, or fail where the machine has promised to have Node."""
    if os.environ.get("REQUIRE_NODE") == "1":
        pytest.fail(f"REQUIRE_NODE=1, but {what}")
    pytest.skip(what)


def vite_command() -> list[str]:
    """Return the command of the Vite that package.json asks for."""
    node = shutil.which("node") or unavailable("there is no Node")
    vite = CACHE / "node_modules" / "vite"
    wanted = json.loads((HERE / "package.json").read_text())["devDependencies"]["vite"]
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_installed(vite, wanted):
            _install()
    return [node, str(vite / "bin" / "vite.js")]


def _is_installed(vite: Path, wanted: str) -> bool:
    about = vite / "package.json"
    return about.is_file() and json.loads(about.read_text())["version"] == wanted


def _install() -> None:
    npm = shutil.which("npm") or unavailable("there is no npm")
    for name in ("package.json", ".npmrc"):
        shutil.copy(HERE / name, CACHE / name)
    done = subprocess.run([npm, "install"], cwd=CACHE, capture_output=True, text=True, check=False)
    if done.returncode:
        unavailable(f"npm cannot install Vite: {done.stderr[-300:]}")


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
