"""Installs the clients, each into its own environment below `.streamproof/clients`."""

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

_TIMEOUT_SECONDS: Final = 300.0


def python_command(package: str, program: str) -> list[str]:
    """Install a package from PyPI and return the command of its program; raises `Missing`."""
    folder = CACHE / package.replace(" ", "-")
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        venv.create(folder, clear=True, with_pip=True)
        packages = [package.replace(" ", "=="), "httpx" if "httpx" in package else "aiohttp"]
        pip = ["-m", "pip", "install", "-q", "--disable-pip-version-check"]
        _run(str(python), *pip, "-c", str(ROOT / "constraints.txt"), *packages)
        (folder / "ready").touch()
    return [str(python), str(PROGRAMS / program)]


def node_command() -> list[str]:
    """Install the npm package and return the command of its program; raises `Missing`."""
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
    """Return the path of an installed program; raises `Missing`."""
    path = shutil.which(program)
    if path is None:
        raise Missing(f"{program} is not installed")
    return path


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise Missing(f"{command[0]} took longer than {_TIMEOUT_SECONDS:.0f} s") from error
    if done.returncode:
        raise Missing(f"{' '.join(command)}:\n{done.stderr.strip()[-1000:]}")
