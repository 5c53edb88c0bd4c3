"""The files of a recording: only their owner can read them, and they replace no other file.

The first exchange goes into the given file, the others into numbered files in the same folder.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from streamproof.contracts.text import short
from streamproof.mock_ai.errors import CannotRecord
from streamproof.mock_ai.library.files import SUFFIX
from streamproof.mock_ai.scenario.names import is_scenario_name

_OWNER_ONLY: Final = 0o600


class RecordingFiles:
    """Names and writes the files of one recording."""

    def __init__(self, first: Path, *, force: bool = False) -> None:
        """Check the first file; raise `CannotRecord` if its name is invalid or it exists.

        With `force` existing files are replaced.
        """
        if first.suffix != SUFFIX or not is_scenario_name(first.stem):
            message = (
                f"wanted a name like hr-policy{SUFFIX} (a-z, 0-9 and -), got {short(first.name)}"
            )
            raise CannotRecord(message)
        if not first.parent.is_dir():
            raise CannotRecord(f"the folder {first.parent} does not exist; create it first")
        if first.exists() and not force:
            raise CannotRecord(f"{first} already exists; choose another name, or use --force")
        self._first = first
        self._force = force

    @property
    def folder(self) -> Path:
        """The folder of the files."""
        return self._first.parent

    def write(self, number: int, text_of: Callable[[str], str]) -> Path:
        """Write the file with this number, or the next number that is free, and return its path.

        `text_of` gets the scenario name of the file and returns its text. Raises OSError if the
        file cannot be written.
        """
        while True:
            path = self._path(number)
            text = text_of(path.stem).encode()
            if self._force:
                replace_file(path, text)
                return path
            try:
                _create(path, text)
            except FileExistsError:
                number += 1
            else:
                return path

    def _path(self, number: int) -> Path:
        stem = self._first.stem if number == 1 else f"{self._first.stem}-{number}"
        return self._first.with_name(f"{stem}{SUFFIX}")


def _create(path: Path, text: bytes) -> None:
    """Write a new file; remove it again if it cannot be written completely."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
    except OSError:
        path.unlink()
        raise


def replace_file(path: Path, text: bytes) -> None:
    """Write a file, or replace it; a reader never sees half of it. Raises OSError."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    _create(new, text)
    new.replace(path)
