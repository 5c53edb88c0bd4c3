"""Reads files that users name: neither a pipe without a writer nor a device can block or flood."""

from __future__ import annotations

import os
from errno import EINVAL
from stat import S_ISFIFO, S_ISREG
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_OPEN_DESCRIPTORS: Final = ("/dev/fd/", "/dev/stdin", "/proc/self/fd/")
"""Paths of pipes that have a writer, as in `<(command)` of a shell."""


def read_at_most(path: Path, most_bytes: int) -> bytes:
    """Return the first bytes of a file; raises OSError for a pipe, a socket or a device."""
    mode = path.stat().st_mode
    is_open_pipe = S_ISFIFO(mode) and str(path).startswith(_OPEN_DESCRIPTORS)
    if not (S_ISREG(mode) or is_open_pipe or path.is_dir()):
        raise OSError(EINVAL, "not a regular file", str(path))
    with path.open("rb") as file:
        return file.read(most_bytes)


def system_problem(error: OSError) -> str:
    """Return why a file cannot be used, in lower case if the text is the system's."""
    if error.errno is None or error.strerror != os.strerror(error.errno):
        return error.strerror or str(error) or type(error).__name__
    return system_text(error.errno)


def system_text(number: int) -> str:
    """Return the text of the operating system for an error number, in lower case."""
    text = os.strerror(number)
    return text[0].lower() + text[1:]
