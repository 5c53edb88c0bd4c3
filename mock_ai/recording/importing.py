"""Read the exchanges in a file that another tool saved."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from streamproof.contracts.files import read_at_most, system_problem
from streamproof.mock_ai.errors import CannotImport
from streamproof.mock_ai.recording.curl_dump import read_curl_dump
from streamproof.mock_ai.recording.har import read_har

if TYPE_CHECKING:
    from pathlib import Path

    from streamproof.mock_ai.recording.exchange import RecordedExchange

MAX_FILE_BYTES: Final = 256 * 1_048_576

_ARCHIVE: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"log"\s*:')


def read_exchanges(path: Path) -> list[RecordedExchange]:
    """Read a file from curl or an HTTP archive.

    Raises `CannotImport` for a file that cannot be read, or has no readable stream.
    """
    try:
        return _read_exchanges(path)
    except OSError as error:
        raise CannotImport(str(path), f"cannot be read: {system_problem(error)}") from error


def _read_exchanges(path: Path) -> list[RecordedExchange]:
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        message = f"wanted a file of at most {MAX_FILE_BYTES:,} bytes, got {size:,}"
        raise CannotImport(str(path), message)
    data = read_at_most(path, MAX_FILE_BYTES)
    if path.suffix.lower() == ".har" or _ARCHIVE.match(data):
        return read_har(data, str(path))
    return [read_curl_dump(data, str(path))]
