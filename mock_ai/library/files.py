"""The scenario files in folders, and the stamps that tell when a file changed."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

SUFFIX: Final = ".yaml"
INCLUDE_SUFFIX: Final = ".part.yaml"
"""Files of steps that scenarios include; they are not scenarios."""


class Stamp(NamedTuple):
    """Time and size of a file; a change of one of them is a change of the file."""

    mtime_ns: int
    size: int


def shipped_folder() -> Path:
    """Return the folder of the shipped scenarios."""
    return Path(str(files("streamproof.scenarios"))).resolve()


def scenario_files(paths: Iterable[Path]) -> list[Path]:
    """Return the given files, and the scenario files below given folders in order of their paths.

    Each file is in the list once.
    """
    found: list[Path] = []
    for path in paths:
        found += _below(path) if path.is_dir() else [path]
    return [*dict.fromkeys(found)]


def stamp_of(path: Path) -> Stamp:
    """Stamp a file; a broken link has the stamp of the link. Raises OSError for a missing file."""
    try:
        stat = path.stat()
    except OSError:
        stat = path.lstat()
    return Stamp(stat.st_mtime_ns, stat.st_size)


def _below(folder: Path) -> list[Path]:
    found = (
        Path(place, name)
        for place, _, names in os.walk(folder)
        for name in names
        if name.endswith(SUFFIX) and not name.endswith(INCLUDE_SUFFIX)
    )
    return sorted(path for path in found if not _blocks(path))


def _blocks(path: Path) -> bool:
    """Tell whether reading a path could block: it is a pipe, a socket or a device."""
    try:
        mode = path.stat().st_mode
    except OSError:  # a broken link, which loading reports
        return False
    return not (S_ISREG(mode) or S_ISDIR(mode))
