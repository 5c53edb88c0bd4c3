"""Reads the heads of HTTP/1.1."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.errors import InvalidHttpMessage
from streamproof.mock_ai.http1.syntax import HEAD_END, is_interim

if TYPE_CHECKING:
    from streamproof.mock_ai.actions.head import Headers

MAX_HEAD_BYTES: Final = 65_536

_FOLD: Final = re.compile(rb"\r?\n[ \t]+")
_STATUS_LINE: Final = re.compile(r"HTTP/(\d(?:\.\d)?) (\d{3})(?: (.*))?")
_REQUEST_LINE: Final = re.compile(r"([!-~]+) ([!-~]+) HTTP/(1\.\d)")


@dataclass(frozen=True, slots=True)
class HttpHead:
    """The first line of a message, and its headers in the sender's spelling."""

    line: str
    headers: Headers

    def values(self, name: str) -> list[str]:
        """Return the values of a header; its name must be in lower case."""
        return [value for key, value in self.headers if key.lower() == name]

    @property
    def request(self) -> tuple[str, str, str]:
        """Method, target and version of a request; raises `InvalidHttpMessage`."""
        found = _REQUEST_LINE.fullmatch(self.line)
        if not found:
            raise InvalidHttpMessage(f"not a request line: {self.line[:80]!r}")
        return found[1], found[2], found[3]

    @property
    def version(self) -> str:
        """The HTTP version of a reply."""
        return self.line.partition(" ")[0].removeprefix("HTTP/")

    @property
    def status(self) -> tuple[int, str]:
        """Status and reason of a reply; raises `InvalidHttpMessage`."""
        found = _STATUS_LINE.fullmatch(self.line)
        if not found:
            raise InvalidHttpMessage(f"not a status line: {self.line[:80]!r}")
        return int(found[2]), found[3] or ""


def split_head(data: bytes) -> tuple[HttpHead, bytes] | None:
    """Return the head and what follows it, or None if the head is not complete.

    Raises `InvalidHttpMessage`.
    """
    end = HEAD_END.search(data)
    if end is None and len(data) <= MAX_HEAD_BYTES:
        return None
    if end is None or end.end() > MAX_HEAD_BYTES:
        raise InvalidHttpMessage(f"the head has more than {MAX_HEAD_BYTES} bytes")
    return read_head(data[: end.start()]), data[end.end() :]


def split_heads(data: bytes) -> tuple[HttpHead, bytes] | None:
    """Return the head of a reply without the interim replies before it, and what follows it.

    Returns None if the head is not complete. Raises `InvalidHttpMessage`.
    """
    while found := split_head(data):
        head, data = found
        if not is_interim(head.status[0]):
            return head, data
    return None


def read_head(data: bytes) -> HttpHead:
    """Read a head without its blank line; raises `InvalidHttpMessage`."""
    lines = _text(_FOLD.sub(b" ", data)).split("\n")
    first, *fields = (line.removesuffix("\r") for line in lines)
    return HttpHead(first, tuple(map(_field, fields)))


def read_field(line: bytes) -> tuple[str, str]:
    """Read the line of a header or a trailer; raises `InvalidHttpMessage`."""
    return _field(_text(line))


def _field(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        raise InvalidHttpMessage(f"a header line without a name: {line[:80]!r}")
    return name.strip(), value.strip()


def _text(data: bytes) -> str:
    """Decode a head as UTF-8, which is usual today, or else as ISO 8859-1."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
