"""Programs that the bench needs: compiled C programs, installed programs, an npm package."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

from bench.mock.errors import Missing

ROOT: Final = Path(__file__).resolve().parents[2]
HERE: Final = Path(__file__).resolve().parent
CACHE: Final = ROOT / ".streamproof" / "bench"

AIMOCK_PACKAGE: Final = "@copilotkit/aimock@1.43.0"
_AIMOCK_ENTRY: Final = Path("node_modules/@copilotkit/aimock/dist/cli.js")
_TIMEOUT_SECONDS: Final = 120.0


def program(name: str) -> str:
    """Return the path of an installed program; raises `Missing`."""
    found = shutil.which(name)
    if found is None:
        raise Missing(f"{name} is not installed")
    return found


def compiled(name: str, folder: Path) -> Path:
    """Return a program of `native/`, compiled into a folder; raises `Missing`."""
    path = folder / name
    if not path.exists():
        source = HERE / "native" / f"{name}.c"
        run(program("gcc"), "-O2", "-Wall", "-o", str(path), str(source), "-lm")
    return path


def aimock() -> Path:
    """Return the entry file of aimock, and install it if needed; raises `Missing`."""
    entry = CACHE / "npm" / _AIMOCK_ENTRY
    if not entry.exists():
        entry.parents[4].mkdir(parents=True, exist_ok=True)
        options = ("--no-save", "--no-audit", "--no-fund", "--ignore-scripts")
        folder = ("--prefix", str(CACHE / "npm"))
        run(program("npm"), "install", *options, *folder, AIMOCK_PACKAGE)
    return entry


def run(*command: str, timeout_seconds: float = _TIMEOUT_SECONDS) -> None:
    """Run a command that prepares something; raises `Missing` if it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_seconds)
    except subprocess.TimeoutExpired as error:
        raise Missing(f"{command[0]} took longer than {timeout_seconds:.0f} s") from error
    if done.returncode:
        raise Missing(f"{' '.join(command)}:\n{done.stderr.strip()[-1000:]}")
