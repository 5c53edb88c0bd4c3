"""The files of a recording: readable by their owner only, and never in the place of another.

The first exchange goes into the file that was named, the others beside it with their numbers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Final

from streamproof.mock_ai.errors import CannotRecord
from streamproof.mock_ai.library.loading import SUFFIX
from streamproof.mock_ai.scenario.names import is_scenario_name

_OWNER_ONLY: Final = 0o600


class RecordingFiles:
    """Names the files, and writes them."""

    def __init__(self, first: Path, *, force: bool = False) -> None:
        """Check the name; raises `CannotRecord` where it cannot be a scenario's, or is taken."""
        if first.suffix != SUFFIX or not is_scenario_name(first.stem):
            message = f"wanted a name like hr-policy{SUFFIX} (a-z, 0-9 and -), got {first.name!r}"
            raise CannotRecord(message)
        if not first.parent.is_dir():
            raise CannotRecord(f"there is no folder {first.parent}")
        if first.exists() and not force:
            raise CannotRecord(f"{first} is there already: choose another name, or say --force")
        self._first = first
        self._force = force

    def write(self, number: int, text_of: Callable[[str], str]) -> Path:
        """Write the text for a name into the file of that number, or the next that is free."""
        for path in self._paths(number):
            text = text_of(path.stem).encode()
            if self._force:
                _replace(path, text)
                return path
            try:
                _create(path, text)
            except FileExistsError:
                continue
            return path
        raise AssertionError("there is always a next number")

    def _paths(self, number: int) -> Iterator[Path]:
        for following in count(number):
            stem = self._first.stem if following == 1 else f"{self._first.stem}-{following}"
            yield self._first.with_name(f"{stem}{SUFFIX}")


def _create(path: Path, text: bytes) -> None:
    """Write a new file; one that could not be written whole does not stay."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
    except OSError:
        path.unlink()
        raise


def _replace(path: Path, text: bytes) -> None:
    """Put a file in the place of another at once, so that no half of it is ever there."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    _create(new, text)
    new.replace(path)
