"""Read the exchanges in a file that another tool saved."""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from streamproof.contracts.files import read_at_most, system_problem
from streamproof.mock_ai.errors import CannotImport
from streamproof.mock_ai.recording.curl_dump import read_curl_dump
from streamproof.mock_ai.recording.har import read_har

if TYPE_CHECKING:
    from pathlib import Path

    from streamproof.mock_ai.recording.exchange import RecordedExchange

MAX_FILE_BYTES: Final = 256 * 1_048_576

_ARCHIVE: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"log"\s*:')
_HEAD_AFTER_BOM: Final = re.compile(rb"\xef\xbb\xbf(?=HTTP/)")
_WITHOUT_BOM: Final = re.compile(rb"[!-~]\x00[!-~]\x00")
_REWRITTEN: Final = (
    "The file was UTF-16, as PowerShell writes it: its line ends and some characters may differ"
    " from those of the service. `curl -o FILE` keeps the bytes."
)


class ImportedFile(NamedTuple):
    """The exchanges in a file, and the problems of the parts that cannot be read."""

    exchanges: list[RecordedExchange]
    problems: Sequence[CannotImport] = ()


def read_exchanges(path: Path) -> ImportedFile:
    """Read a file from curl or an HTTP archive.

    Raises `CannotImport` for a file that cannot be read, or has no readable stream.
    """
    try:
        data = _read_bytes(path)
    except OSError as error:
        raise CannotImport(str(path), f"cannot be read: {system_problem(error)}") from error
    coding = _utf_16(data)
    if coding is not None:
        data = _as_utf_8(data, coding, path)
    if path.suffix.lower() == ".har" or _ARCHIVE.match(data):
        return ImportedFile(*read_har(data, str(path)))
    exchange = read_curl_dump(_HEAD_AFTER_BOM.sub(b"", data, count=1), str(path))
    return ImportedFile([replace(exchange, note=_REWRITTEN) if coding else exchange])


def _read_bytes(path: Path) -> bytes:
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        message = f"wanted a file of at most {MAX_FILE_BYTES:,} bytes, got {size:,}"
        raise CannotImport(str(path), message)
    return read_at_most(path, MAX_FILE_BYTES)


def _utf_16(data: bytes) -> str | None:
    """Return the coding of a file in UTF-16; None for any other file."""
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16"
    return "utf-16-le" if _WITHOUT_BOM.match(data) else None


def _as_utf_8(data: bytes, coding: str, path: Path) -> bytes:
    try:
        return data.decode(coding).encode()
    except UnicodeDecodeError as error:
        message = "the file begins like UTF-16, but this is not UTF-16"
        raise CannotImport(f"{path}: byte {error.start}", message) from error
