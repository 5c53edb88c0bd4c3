"""Reads HTTP/1.1: heads, and bodies with the boundaries of their chunks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, Protocol

from streamproof.mock_ai.errors import InvalidHttpMessage
from streamproof.mock_ai.http1.syntax import CHUNK_SIZE, HEAD_END, has_body

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Headers

MAX_HEAD_BYTES: Final = 65_536
MAX_LINE_BYTES: Final = 8_192

_FOLD: Final = re.compile(rb"\r?\n[ \t]+")
_SIZE_IN_SCENARIO: Final = re.compile(rb"[0-9A-Za-z+-]{1,16}")
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


def read_head(data: bytes) -> HttpHead:
    """Read a head without its blank line; raises `InvalidHttpMessage`."""
    lines = _text(_FOLD.sub(b" ", data)).split("\n")
    first, *fields = (line.removesuffix("\r") for line in lines)
    return HttpHead(first, tuple(map(_field, fields)))


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


@dataclass(frozen=True, slots=True)
class BodyPiece:
    """Bytes of one chunk, or of a body without chunks; `complete` tells whether the chunk ends."""

    data: bytes
    complete: bool = True


@dataclass(frozen=True, slots=True)
class UnfinishedFraming:
    """The part of the chunked framing that its bytes do not show.

    `missing_bytes` is how many more bytes the last chunk announced; 0 means that its line end is
    missing. `size_line` is a line that does not begin a chunk, although it stands in the place of
    one. `inexpressible` names what a scenario cannot express.
    """

    missing_bytes: int | None = None
    size_line: str = ""
    inexpressible: tuple[str, ...] = ()


COMPLETE_FRAMING: Final = UnfinishedFraming()


class Body(Protocol):
    """Follows a body through its bytes."""

    complete: bool
    """Whether the body has ended, by its framing."""

    @property
    def unfinished(self) -> UnfinishedFraming:
        """What its framing announced beyond its bytes."""

    def feed(self, data: bytes) -> Iterator[BodyPiece]:
        """Take the next bytes and yield the body in them; raises `InvalidHttpMessage`."""


def reply_body(head: HttpHead, method: str) -> Body:
    """Return the reader for the body of a reply; raises `InvalidHttpMessage`."""
    if not has_body(head.status[0], method):
        return LengthBody(0)
    return _framed_body(head) or CloseBody()


def request_body(head: HttpHead) -> Body:
    """Return the reader for the body of a request; raises `InvalidHttpMessage`."""
    return _framed_body(head) or LengthBody(0)


def _framed_body(head: HttpHead) -> Body | None:
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
    """A body with a declared length."""

    unfinished = COMPLETE_FRAMING

    def __init__(self, length: int) -> None:
        self._left = length
        self.complete = not length

    def feed(self, data: bytes) -> Iterator[BodyPiece]:
        """Take the next bytes; bytes after the length are not body."""
        data = data[: self._left]
        self._left -= len(data)
        self.complete = not self._left
        if data:
            yield BodyPiece(data)


class CloseBody:
    """A body that lasts until the connection closes."""

    complete = False
    unfinished = COMPLETE_FRAMING

    def feed(self, data: bytes) -> Iterator[BodyPiece]:
        """Take the next bytes."""
        if data:
            yield BodyPiece(data)


class _Expects(Enum):
    SIZE = "the size of a chunk"
    DATA = "the bytes of a chunk"
    DATA_END = "the line end after a chunk"
    TRAILER = "a trailer, or the blank line at the end"


class ChunkedBody:
    """A body in chunks; reports where each chunk ends."""

    def __init__(self) -> None:
        self.complete = False
        self._expects = _Expects.SIZE
        self._left = 0
        self._size = 0
        self._line = b""
        self._bad_line = b""
        self._inexpressible: set[str] = set()

    @property
    def between_chunks(self) -> bool:
        """Whether the next chunk can begin here."""
        return self._expects is _Expects.SIZE and not self._line

    @property
    def unfinished(self) -> UnfinishedFraming:
        """What its framing announced beyond its bytes."""
        missing_bytes, line = None, self._bad_line
        if self._expects is _Expects.DATA_END:
            missing_bytes = 0
        elif self._expects is _Expects.DATA and self._left < self._size:
            missing_bytes = self._left
        elif self._expects is _Expects.DATA:
            line = b"%x" % self._size
        inexpressible = set(self._inexpressible)
        if self._line or (self._expects is _Expects.TRAILER and not self.complete):
            inexpressible.add("a line of the framing that breaks off")
        if line and not _SIZE_IN_SCENARIO.fullmatch(line):
            inexpressible.add("a line that is not the size of a chunk")
            line = b""
        return UnfinishedFraming(missing_bytes, line.decode(), tuple(sorted(inexpressible)))

    def feed(self, data: bytes) -> Iterator[BodyPiece]:
        """Take the next bytes, yield the chunks in them, whole or in part.

        Raises `InvalidHttpMessage`.
        """
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
                self._inexpressible.add("lines of the framing that end with LF alone")
            line, self._line = self._line.rstrip(b"\r\n"), b""
            self._take_line(line)
        return end or len(data)

    def _take_line(self, line: bytes) -> None:
        if self._expects is _Expects.TRAILER:
            self.complete = not line
            if line:
                self._inexpressible.add("trailers")
            return
        if self._expects is _Expects.DATA_END:
            if line:
                raise InvalidHttpMessage(f"wanted {self._expects.value}, got {line[:40]!r}")
            self._expects = _Expects.SIZE
            return
        size = CHUNK_SIZE.fullmatch(line)
        if not size:
            self._bad_line = line
            raise InvalidHttpMessage(f"wanted {self._expects.value}, got {line[:40]!r}")
        self._left = self._size = int(size[1], 16)
        if line != size[1]:
            self._inexpressible.add("extensions of chunks")
        if size[1] != b"%x" % self._size:
            self._inexpressible.add("sizes of chunks in capitals or with zeros before them")
        self._expects = _Expects.DATA if self._left else _Expects.TRAILER
