"""HTTP/1.1 as a bystander reads it: heads, and bodies with their chunk boundaries.

Nothing here touches the bytes that pass by (RFC 9112, sections 2, 6 and 7).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, Protocol

from streamproof.mock_ai.errors import InvalidHttpMessage
from streamproof.mock_ai.recording.exchange import BodyPiece, UnfinishedFraming

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Headers

MAX_HEAD_BYTES: Final = 65_536
MAX_LINE_BYTES: Final = 8_192

_HEAD_END: Final = re.compile(rb"\n\r?\n")
_FOLD: Final = re.compile(rb"\r?\n[ \t]+")
_SIZE: Final = re.compile(rb"([0-9a-fA-F]{1,15})[ \t]*(?:;.*)?")
_WORD: Final = re.compile(rb"[0-9A-Za-z+-]{1,16}")
_STATUS_LINE: Final = re.compile(r"HTTP/(\d(?:\.\d)?) (\d{3})(?: (.*))?")
_REQUEST_LINE: Final = re.compile(r"([!-~]+) ([!-~]+) HTTP/(1\.\d)")
_BODILESS: Final = (204, 304)


@dataclass(frozen=True, slots=True)
class HttpHead:
    """The first line of a message, and its headers as they were spelt."""

    line: str
    headers: Headers

    def values(self, name: str) -> list[str]:
        """Return the values of a header, whose name is given in lower case."""
        return [value for key, value in self.headers if key.lower() == name]

    @property
    def request(self) -> tuple[str, str, str]:
        """Method, target and version of a request; raises `InvalidHttpMessage`."""
        found = _REQUEST_LINE.fullmatch(self.line)
        if not found:
            raise InvalidHttpMessage(f"no request line: {self.line[:80]!r}")
        return found[1], found[2], found[3]

    @property
    def version(self) -> str:
        """Version of HTTP of a reply."""
        return self.line.partition(" ")[0].removeprefix("HTTP/")

    @property
    def status(self) -> tuple[int, str]:
        """Status and reason of a reply; raises `InvalidHttpMessage`."""
        found = _STATUS_LINE.fullmatch(self.line)
        if not found:
            raise InvalidHttpMessage(f"no status line: {self.line[:80]!r}")
        return int(found[2]), found[3] or ""


def split_head(data: bytes) -> tuple[HttpHead, bytes] | None:
    """Return the head and what follows it, or None while it is not complete."""
    end = _HEAD_END.search(data)
    if end is None and len(data) <= MAX_HEAD_BYTES:
        return None
    if end is None or end.end() > MAX_HEAD_BYTES:
        raise InvalidHttpMessage(f"a head of more than {MAX_HEAD_BYTES} bytes")
    return read_head(data[: end.start()]), data[end.end() :]


def read_head(data: bytes) -> HttpHead:
    """Read a head without its blank line; raises `InvalidHttpMessage`."""
    line, *fields = _text(_FOLD.sub(b" ", data)).split("\n")
    return HttpHead(line.removesuffix("\r"), tuple(_field(field) for field in fields))


def _field(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        raise InvalidHttpMessage(f"a header line without a name: {line[:80]!r}")
    return name.strip(), value.strip()


def _text(data: bytes) -> str:
    """Read header text as it is meant nowadays, or else as it was of old."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


class Body(Protocol):
    """Follows a body through its bytes."""

    complete: bool
    """Whether the body is over, by its framing."""

    @property
    def loose_end(self) -> UnfinishedFraming:
        """What its framing has said beyond its bytes."""

    def feed(self, data: bytes) -> Iterator[BodyPiece]:
        """Take bytes as they came and yield what of them is body; raises `InvalidHttpMessage`."""


def reply_body(head: HttpHead, method: str) -> Body:
    """Choose how the body of a reply is to be read; raises `InvalidHttpMessage`."""
    if method == "HEAD" or head.status[0] in _BODILESS:
        return LengthBody(0)
    return _framed(head) or CloseBody()


def request_body(head: HttpHead) -> Body:
    """Choose how the body of a request is to be read; raises `InvalidHttpMessage`."""
    return _framed(head) or LengthBody(0)


def _framed(head: HttpHead) -> Body | None:
    if any("chunked" in value.lower() for value in head.values("transfer-encoding")):
        return ChunkedBody()
    lengths = set(head.values("content-length"))
    if not lengths:
        return None
    length = lengths.pop()
    if lengths or not (length.isascii() and length.isdigit()):
        raise InvalidHttpMessage(f"a content length of {length[:80]!r}")
    return LengthBody(int(length))


class LengthBody:
    """A body whose length was announced."""

    loose_end = UnfinishedFraming()

    def __init__(self, length: int) -> None:
        self._left = length
        self.complete = not length

    def feed(self, data: bytes) -> Iterator[BodyPiece]:
        """Take bytes; those beyond the length are not body."""
        data = data[: self._left]
        self._left -= len(data)
        self.complete = not self._left
        if data:
            yield BodyPiece(data)


class CloseBody:
    """A body that lasts until the connection closes."""

    complete = False
    loose_end = UnfinishedFraming()

    def feed(self, data: bytes) -> Iterator[BodyPiece]:
        """Take bytes."""
        if data:
            yield BodyPiece(data)


class _Expects(Enum):
    SIZE = "the size of a chunk"
    DATA = "the bytes of a chunk"
    DATA_END = "the line end after a chunk"
    TRAILER = "a trailer, or the blank line at the end"


class ChunkedBody:
    """A body in chunks; the boundaries are what matters here."""

    def __init__(self) -> None:
        self.complete = False
        self._expects = _Expects.SIZE
        self._left = 0
        self._size = 0
        self._line = b""
        self._bad_line = b""
        self._left_out: set[str] = set()

    @property
    def loose_end(self) -> UnfinishedFraming:
        """What its framing has said beyond its bytes."""
        missing_bytes, line = None, self._bad_line
        if self._expects is _Expects.DATA_END:
            missing_bytes = 0
        elif self._expects is _Expects.DATA and self._left < self._size:
            missing_bytes = self._left
        elif self._expects is _Expects.DATA:
            line = b"%x" % self._size
        omitted_headers = set(self._left_out)
        if self._line or (self._expects is _Expects.TRAILER and not self.complete):
            omitted_headers.add("a line of the framing that breaks off")
        if line and not _WORD.fullmatch(line):
            omitted_headers.add("a line that is no size of a chunk")
            line = b""
        return UnfinishedFraming(missing_bytes, line.decode(), tuple(sorted(omitted_headers)))

    def feed(self, data: bytes) -> Iterator[BodyPiece]:
        """Take bytes, yield the chunks in them, whole or in part; raises `InvalidHttpMessage`."""
        position = 0
        while position < len(data) and not self.complete:
            if self._expects is _Expects.DATA:
                piece = data[position : position + self._left]
                self._left -= len(piece)
                if not self._left:
                    self._expects = _Expects.DATA_END
                position += len(piece)
                yield BodyPiece(piece, complete=not self._left)
            else:
                position = self._feed_line(data, position)

    def _feed_line(self, data: bytes, position: int) -> int:
        end = data.find(b"\n", position) + 1
        self._line += data[position : end or len(data)]
        if len(self._line) > MAX_LINE_BYTES:
            raise InvalidHttpMessage(f"wanted {self._expects.value}, got a line without an end")
        if end:
            if not self._line.endswith(b"\r\n"):
                self._left_out.add("lines of the framing that end with LF alone")
            line, self._line = self._line.rstrip(b"\r\n"), b""
            self._take(line)
        return end or len(data)

    def _take(self, line: bytes) -> None:
        if self._expects is _Expects.TRAILER:
            self.complete = not line
            if line:
                self._left_out.add("trailers")
            return
        if self._expects is _Expects.DATA_END:
            if line:
                raise InvalidHttpMessage(f"wanted {self._expects.value}, got {line[:40]!r}")
            self._expects = _Expects.SIZE
            return
        size = _SIZE.fullmatch(line)
        if not size:
            self._bad_line = line
            raise InvalidHttpMessage(f"wanted {self._expects.value}, got {line[:40]!r}")
        self._left = self._size = int(size[1], 16)
        if line != size[1]:
            self._left_out.add("extensions of chunks")
        if size[1] != b"%x" % self._size:
            self._left_out.add("sizes of chunks in capitals or with zeros before them")
        self._expects = _Expects.DATA if self._left else _Expects.TRAILER
