"""The npm packages of the contenders that run on Node."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bench.mock.errors import Missing
from bench.mock.tools import CACHE, program, run

HERE: Final = Path(__file__).resolve().parent
PACKAGES: Final = ("hono@4.13.19", "@hono/node-server@2.1.9", "eventsource-parser@3.1.1")
STORING_PACKAGES: Final = ("better-sqlite3@12.11.1", "node-gyp@12.4.0")
_PREFIX: Final = CACHE / "npm-relay"


def node_modules(*, storing: bool) -> Path:
    """Return the folder of the installed packages, and install them if needed.

    Raises `Missing`. `storing` adds `better-sqlite3`, which is compiled with the headers of the
    installed Node.
    """
    folder = _PREFIX / "node_modules"
    if not (folder / "hono").exists() or (storing and not (folder / "node-gyp").exists()):
        _PREFIX.mkdir(parents=True, exist_ok=True)
        options = ("--no-save", "--no-audit", "--no-fund", "--ignore-scripts")
        packages = (*PACKAGES, *STORING_PACKAGES) if storing else PACKAGES
        run(program("npm"), "install", *options, "--prefix", str(_PREFIX), *packages)
    if storing and not (folder / "better-sqlite3/build/Release/better_sqlite3.node").exists():
        _compile(folder)
    return folder


def _compile(folder: Path) -> None:
    headers = Path(program("node")).resolve().parents[1]
    if not (headers / "include" / "node").exists():
        raise Missing("the headers of Node, which better-sqlite3 needs, are not installed")
    gyp = str(folder / "node-gyp" / "bin" / "node-gyp.js")
    package = str(folder / "better-sqlite3")
    options = ("rebuild", "--release", "--nodedir", str(headers), "--directory", package)
    run(program("node"), gyp, *options, timeout_seconds=600)
