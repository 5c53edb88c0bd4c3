"""Packages of npm that tests need: installed once into a cache which all test processes share."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final, NoReturn

import pytest

CACHE: Final = Path(__file__).resolve().parents[1] / ".streamproof"


def unavailable(what: str) -> NoReturn:
    """Skip, or fail where the machine has promised to have Node."""
    if os.environ.get("REQUIRE_NODE") == "1":
        pytest.fail(f"REQUIRE_NODE=1, but {what}")
    pytest.skip(what)


def node_package(name: str, wanted_by: Path, cache: str) -> Path:
    """Return the folder of a package, in the version that `package.json` in a folder asks for."""
    wanted = json.loads((wanted_by / "package.json").read_text())["devDependencies"][name]
    place = CACHE / cache
    package = place / "node_modules" / name
    place.mkdir(parents=True, exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _version(package) != wanted:
            _install(name, wanted_by, place)
    return package


def _version(package: Path) -> str | None:
    about = package / "package.json"
    return json.loads(about.read_text())["version"] if about.is_file() else None


def _install(name: str, wanted_by: Path, place: Path) -> None:
    npm = shutil.which("npm") or unavailable("there is no npm")
    for file in ("package.json", ".npmrc"):
        shutil.copy(wanted_by / file, place / file)
    done = subprocess.run([npm, "install"], cwd=place, capture_output=True, text=True, check=False)
    if done.returncode:
        unavailable(f"npm cannot install {name}: {done.stderr[-300:]}")
