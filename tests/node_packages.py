"""npm packages that tests need, installed once into a cache that the processes of a run share."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.programs import NODE, program, unavailable

CACHE: Final = Path(__file__).resolve().parent.parent / ".streamproof"
MODULES: Final = "node_modules"
INSTALL: Final = ("install", "--no-package-lock", "--no-audit", "--no-fund")


def node_path() -> str:
    """Return where Node is."""
    return program("node")


def installed(project: Path, name: str) -> Path:
    """Return the `node_modules` with what the `package.json` of a project asks for."""
    folder = CACHE / name
    folder.mkdir(parents=True, exist_ok=True)
    about = json.loads((project / "package.json").read_text())
    wanted = about.get("dependencies", {}) | about.get("devDependencies", {})
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if any(_version(folder, package) != version for package, version in wanted.items()):
            _install(project, folder)
    return folder / MODULES


@contextmanager
def working_copy(project: Path) -> Iterator[Path]:
    """Yield a copy of a project with its packages installed, which a test may change."""
    modules = installed(project, project.name)
    with tempfile.TemporaryDirectory(prefix=f"{project.name}-", dir=CACHE) as copy:
        folder = Path(copy)
        shutil.copytree(project, folder, ignore=shutil.ignore_patterns(MODULES), dirs_exist_ok=True)
        # Links are fast; a tool that writes a file of a package writes a new one.
        shutil.copytree(modules, folder / MODULES, symlinks=True, copy_function=os.link)
        yield folder


def _version(folder: Path, package: str) -> str | None:
    about = folder / MODULES / package / "package.json"
    return str(json.loads(about.read_text())["version"]) if about.is_file() else None


def _install(project: Path, folder: Path) -> None:
    npm = program("npm")
    shutil.copy(project / "package.json", folder)
    done = subprocess.run([npm, *INSTALL], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        unavailable(f"npm cannot install what {project} asks for: {done.stderr[-300:]}", NODE)
