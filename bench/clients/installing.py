"""The clients, each in an environment of its own below `.streamproof/clients`."""

from __future__ import annotations

import shutil
import subprocess
import venv
from pathlib import Path
from typing import Final

from bench.clients.errors import Missing

ROOT: Final = Path(__file__).resolve().parents[2]
CACHE: Final = ROOT / ".streamproof" / "clients"
PROGRAMS: Final = Path(__file__).resolve().parent / "programs"

HTTPX_SSE: Final = "httpx-sse 0.4.3"
AIOHTTP_SSE_CLIENT2: Final = "aiohttp-sse-client2 0.3.0"
EVENTSOURCE_PARSER: Final = "eventsource-parser 4.1.3"

_LONGEST_SECONDS: Final = 300.0


def python_command(package: str, program: str) -> list[str]:
    """Return how a program is started that needs a package from PyPI; raises `Missing`."""
    folder = CACHE / package.replace(" ", "-")
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        venv.create(folder, clear=True, with_pip=True)
        wanted = [package.replace(" ", "=="), "httpx" if "httpx" in package else "aiohttp"]
        pip = ["-m", "pip", "install", "-q", "--disable-pip-version-check"]
        _run(str(python), *pip, "-c", str(ROOT / "constraints.txt"), *wanted)
        (folder / "ready").touch()
    return [str(python), str(PROGRAMS / program)]


def node_command() -> list[str]:
    """Return how the program for Node is started; raises `Missing`."""
    node = found("node")
    folder = CACHE / EVENTSOURCE_PARSER.replace(" ", "-")
    entry = folder / "node_modules" / "eventsource-parser" / "dist" / "index.js"
    if not entry.exists():
        options = ("--no-save", "--no-audit", "--no-fund", "--ignore-scripts")
        package = EVENTSOURCE_PARSER.replace(" ", "@")
        folder.mkdir(parents=True, exist_ok=True)
        _run(found("npm"), "install", *options, "--prefix", str(folder), package)
    return [node, str(PROGRAMS / "eventsource_parser_client.mjs"), str(entry)]


def found(program: str) -> str:
    """Return where a program is; raises `Missing`."""
    path = shutil.which(program)
    if path is None:
        raise Missing(f"{program} is not installed")
    return path


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_LONGEST_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise Missing(f"{command[0]} took longer than {_LONGEST_SECONDS:.0f} s") from error
    if done.returncode:
        raise Missing(f"{' '.join(command)}:\n{done.stderr.strip()[-1000:]}")
