"""Reads the bodies of HTTP/1.1, with the boundaries of their chunks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, Protocol

from streamproof.mock_ai.errors import InvalidHttpMessage
from streamproof.mock_ai.http1.reader import read_field
from streamproof.mock_ai.http1.syntax import CHUNK_SIZE, has_body

if TYPE_CHECKING:
    from streamproof.mock_ai.actions.head import Headers
    from streamproof.mock_ai.http1.reader import HttpHead

MAX_LINE_BYTES: Final = 8_192

_SIZE_IN_SCENARIO: Final = re.compile(rb"[0-9A-Za-z+-]{1,16}")


@dataclass(frozen=True, slots=True)
class BodyPiece:
    """Bytes of one chunk, or of a body without chunks; `complete` tells whether the chunk ends."""

    data: bytes
    complete: bool = True


@dataclass(frozen=True, slots=True)
class FramingDetails:
    """The part of the chunked framing that its chunks do not show.

    `missing_bytes` is how many more bytes the last chunk announced; 0 means that its line end is
    missing. `size_line` is a line that does not begin a chunk, although it stands in the place of
    one. `extension` is that of every chunk. `inexpressible` names what a scenario cannot express.
    """

    missing_bytes: int | None = None
    size_line: str = ""
    extension: str = ""
    trailers: Headers = ()
    inexpressible: tuple[str, ...] = ()


NO_DETAILS: Final = FramingDetails()


class Body(Protocol):
    """Follows a body through its bytes."""

    complete: bool
    """Whether the body has ended, by its framing."""

    @property
    def details(self) -> FramingDetails:
        """What its framing says besides its chunks."""

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

    details = NO_DETAILS

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
    details = NO_DETAILS

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
        self._extensions: set[str] = set()
        self._trailers: list[tuple[str, str]] = []
        self._inexpressible: set[str] = set()

    @property
    def between_chunks(self) -> bool:
        """Whether the next chunk can begin here."""
        return self._expects is _Expects.SIZE and not self._line

    @property
    def details(self) -> FramingDetails:
        """What its framing says besides its chunks."""
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
        if len(self._extensions) > 1:
            inexpressible.add("extensions of chunks that differ")
        return FramingDetails(
            missing_bytes,
            line.decode(),
            next(iter(self._extensions)) if len(self._extensions) == 1 else "",
            tuple(self._trailers),
            tuple(sorted(inexpressible)),
        )

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
                self._take_trailer(line)
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
        blank, _, extension = line[len(size[1]) :].partition(b";")
        self._extensions.add(extension.decode("latin-1"))
        if blank:
            self._inexpressible.add("spaces after the sizes of chunks")
        if size[1] != b"%x" % self._size:
            self._inexpressible.add("sizes of chunks in capitals or with zeros before them")
        self._expects = _Expects.DATA if self._left else _Expects.TRAILER

    def _take_trailer(self, line: bytes) -> None:
        try:
            self._trailers.append(read_field(line))
        except InvalidHttpMessage:
            self._inexpressible.add("a trailer without a name")
