"""The scenario files in folders, and the stamps that tell when a file changed."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING, Final, NamedTuple

from streamproof.mock_ai.library.foreign import is_foreign_file, is_foreign_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SUFFIX: Final = ".yaml"
INCLUDE_SUFFIX: Final = ".part.yaml"
"""Files of steps that scenarios include; they are not scenarios."""
SAMPLE_ANSWER: Final = "sample-answer"
"""The shipped scenario that shows an ordinary answer; `serve` plays it by default."""


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


def foreign_paths(paths: Iterable[Path]) -> list[Path]:
    """Return what `scenario_files` leaves out of folders: foreign folders and foreign files."""
    walked = [one for folder in paths if folder.is_dir() for one in _walk(folder)]
    files = (path for _, paths in walked for path in paths if is_foreign_file(path))
    return sorted([*files, *(path for folders, _ in walked for path in folders)])


def _below(folder: Path) -> list[Path]:
    return sorted(path for _, paths in _walk(folder) for path in paths if not is_foreign_file(path))


def _walk(folder: Path) -> Iterator[tuple[list[Path], list[Path]]]:
    """Yield the foreign folders and the YAML files of each folder that is not foreign."""
    for place, folders, names in os.walk(folder):
        foreign = [name for name in folders if is_foreign_folder(Path(place, name))]
        folders[:] = [name for name in folders if name not in foreign]
        paths = [Path(place, name) for name in names if _may_be_scenario(name)]
        yield [Path(place, name) for name in foreign], [one for one in paths if not _blocks(one)]


def _may_be_scenario(name: str) -> bool:
    return name.endswith(SUFFIX) and not name.endswith(INCLUDE_SUFFIX)


def _blocks(path: Path) -> bool:
    """Tell whether reading a path could block: it is a pipe, a socket or a device."""
    try:
        mode = path.stat().st_mode
    except OSError:  # a broken link, which loading reports
        return False
    return not (S_ISREG(mode) or S_ISDIR(mode))
