"""The content coding gzip, flushed after each chunk or only at the end, and its reverse.

The blocks are stored, not compressed. So every machine writes the same bytes, and a client must
still unpack them (RFC 1952; RFC 1951, section 3.2.4).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.actions import Finish, HangUp, Send, Start
from streamproof.mock_ai.actions.marks import Mark, Marks
from streamproof.mock_ai.scenario.model import Gzip

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Action, Actions

CONTENT_CODING: Final = ("Content-Encoding", "gzip")
_GZIP_WINDOW: Final = 31  # zlib's number for a gzip stream with the usual window

_HEAD: Final = b"\x1f\x8b\x08" + bytes(6) + b"\xff"  # deflate, no name, no time, unknown system
_LAST_BLOCK: Final = b"\x01\x00\x00\xff\xff"
_MOST_IN_A_BLOCK: Final = 65_535
_HEAD_BYTES: Final = 5  # before the data of each block


def gzipped(actions: Actions, how: Gzip) -> Iterator[Action]:
    """Compress what is sent; bytes that are held back complete their events only at the end."""
    packer = _Packer()
    held: list[Send] = []
    for action in actions:
        if not isinstance(action, Send):
            yield action
        elif how is Gzip.AT_END:
            held.append(action)
        else:
            yield packer.pack(action)
    yield packer.finish(held)


def decoded(actions: Actions) -> Iterator[Action]:
    """Reverse the coding that the headers declare; other bodies stay as they are.

    A body that ends inside its coding is broken off. Another member of the same body can follow
    (RFC 1952, section 2.2), or only zeros. Raises `zlib.error` if a fault has broken the compressed
    bytes.
    """
    unpacker = None
    for action in actions:
        if isinstance(action, Start) and CONTENT_CODING in action.headers:
            unpacker = zlib.decompressobj(_GZIP_WINDOW)
        if unpacker is None or not isinstance(action, Send | Finish):
            yield action
        elif isinstance(action, Finish):
            yield action if unpacker.eof else HangUp()
        else:
            data = unpacker.decompress(action.data)
            while unpacker.eof and (rest := unpacker.unused_data.lstrip(b"\0")):
                unpacker = zlib.decompressobj(_GZIP_WINDOW)
                data += unpacker.decompress(rest)
            if data:
                yield Send(data)


class _Packer:
    """Compresses one body."""

    def __init__(self) -> None:
        self._before = _HEAD
        self._sum = zlib.crc32(b"")
        self._size = 0

    def pack(self, send: Send) -> Send:
        """Compress a chunk so that all of it can be unpacked immediately."""
        marks = _marks_in_blocks(send.marks, len(self._before))
        data, self._before = self._before + self._blocks(send.data), b""
        return Send(data, (len(data),) * send.ends_events, send.continues, marks=marks)

    def finish(self, held: list[Send]) -> Send:
        """Compress what was held back, and end the body."""
        data = bytearray(self._before)
        marks: list[Mark] = []
        for send in held:
            marks += _marks_in_blocks(send.marks, len(data))
            data += self._blocks(send.data)
        data += _LAST_BLOCK + struct.pack("<II", self._sum, self._size & 0xFFFF_FFFF)
        ends = (len(data),) * sum(send.ends_events for send in held)
        return Send(bytes(data), ends, marks=tuple(marks))

    def _blocks(self, data: bytes) -> bytes:
        self._sum = zlib.crc32(data, self._sum)
        self._size += len(data)
        starts = range(0, len(data), _MOST_IN_A_BLOCK)
        return b"".join(_block(data[start : start + _MOST_IN_A_BLOCK]) for start in starts)


def _marks_in_blocks(marks: Iterable[Mark], start: int) -> Marks:
    """Return the marks of data that is stored in blocks, each of which has a head."""
    return tuple(
        Mark(key, start + offset + _HEAD_BYTES * -(-offset // _MOST_IN_A_BLOCK))
        for key, offset in marks
    )


def _block(data: bytes) -> bytes:
    return struct.pack("<BHH", 0, len(data), len(data) ^ 0xFFFF) + data
