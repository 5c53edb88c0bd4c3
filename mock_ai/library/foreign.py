"""What a folder of scenarios may contain besides scenarios, and is not loaded from there.

A file that was given by its own path is always loaded, so that its errors are shown.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from streamproof.contracts.text import nearest

if TYPE_CHECKING:
    from pathlib import Path

_FOLDERS: Final = frozenset({"node_modules"})
_ENVIRONMENT: Final = "pyvenv.cfg"
"""The file that every virtual environment of Python has."""
_LARGEST: Final = 1_048_576
"""A larger file is left to the loader."""

_TOP_KEY: Final = re.compile(rb"""^["']?([A-Za-z_][\w.-]*)["']?\s*:(?:\s|$)""", re.MULTILINE)
_LIST: Final = re.compile(rb"^-\s", re.MULTILINE)
_REQUIRED: Final = frozenset({"name", "title"})
_IN_PLACE_OF_STEPS: Final = frozenset({"turns", "choose"})


def is_foreign_folder(folder: Path) -> bool:
    """Tell whether a folder is hidden, or belongs to a package manager."""
    return _is_hidden(folder) or folder.name in _FOLDERS or (folder / _ENVIRONMENT).is_file()


def is_foreign_file(path: Path) -> bool:
    """Tell whether a YAML file is hidden, or belongs to another program.

    Such a file has other keys, and no steps.
    """
    if _is_hidden(path):
        return True
    with suppress(OSError):  # loading reports it
        stat = path.stat()
        return stat.st_size <= _LARGEST and _is_foreign(path, stat.st_mtime_ns, stat.st_size)
    return False


def _is_hidden(path: Path) -> bool:
    return path.name.startswith(".")


@lru_cache(maxsize=4096)
def _is_foreign(path: Path, _mtime_ns: int, _size: int) -> bool:
    """Read a file; the other arguments make a changed file another key of the cache."""
    data = path.read_bytes()
    keys = {key.decode() for key in _TOP_KEY.findall(data)}
    if not keys:
        return _LIST.search(data) is not None
    if keys <= _REQUIRED or keys >= _REQUIRED or keys & _IN_PLACE_OF_STEPS:
        return False
    return not any(nearest(key, ["steps"]) for key in keys)
