"""Decoders of content codings: gzip, deflate, br and zstd, also several on top of each other.

A body comes in any pieces. It has a limit, and decoding stops there: a few bytes can stand for very
many.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Protocol

from streamproof.mock_ai.errors import BodyTooLarge, InvalidRequest, UnsupportedMediaType

GZIP_WBITS: Final = 16 + zlib.MAX_WBITS

_ZLIB_METHOD: Final = 8  # the low half of the first byte of zlib (RFC 1950, section 2.2)
_ZSTD_WINDOW_LOG: Final = 23
"""8 MiB, which every reader must know (RFC 9659); a larger window would need more memory."""
_MOST_MEMBERS: Final = 100
"""In one piece of a body; coders send one. Each of them is a copy of the bytes that follow."""

_TOO_SHORT: Final = "it ends too early"
_DAMAGED: Final = "some of its bytes are wrong"
_NEEDS_MEMORY: Final = "too much memory"
"""What the library says of a window above our limit; its errors have no code."""
_LARGE_WINDOW: Final = (
    "the body has a zstd window of more than 8 MiB; compress it with a smaller window"
)


def codings_in(values: Iterable[str]) -> list[str]:
    """Return the names of the codings in values of `Content-Encoding`, in their order."""
    names = [name.strip().lower() for value in values for name in value.split(",")]
    return [name for name in names if name not in {"", "identity"}]


class BodyDecoder:
    """Takes the codings off a body, the last one first.

    Raises `UnsupportedMediaType` for an unknown coding.
    """

    def __init__(self, codings: Sequence[str], limit: int) -> None:
        for name in codings:
            if name not in DECODERS:
                wanted = f"wanted {', '.join(DECODERS)} or identity, got '{name[:40]}'"
                raise UnsupportedMediaType(f"Content-Encoding: {wanted}")
        self._layers = [_Layer(name, limit) for name in reversed(codings)]

    def feed(self, data: bytes) -> bytes:
        """Return what the next bytes decode to; raises `InvalidRequest` or `BodyTooLarge`."""
        for layer in self._layers:
            data = layer.feed(data)
        return data

    def end(self) -> None:
        """Raise `InvalidRequest` if the body is not complete."""
        for layer in self._layers:
            layer.end()


class _Layer:
    """One coding of a body."""

    def __init__(self, name: str, limit: int) -> None:
        self._name = name
        self._decoder = DECODERS[name]()
        self._limit = limit
        self._left = limit

    def feed(self, data: bytes) -> bytes:
        try:
            found = self._decoder.feed(data, self._left + 1)
        except _BrokenError as error:
            raise self._invalid(str(error)) from error
        self._left -= len(found)
        if self._left < 0:
            raise BodyTooLarge(f"the decoded body has more than {self._limit:,} bytes")
        return found

    def end(self) -> None:
        if not self._decoder.complete:
            raise self._invalid(_TOO_SHORT)

    def _invalid(self, why: str) -> InvalidRequest:
        return InvalidRequest(f"the body is not valid {self._name}: {why}")


class _BrokenError(Exception):
    """Bytes that are not valid in their coding."""


class _Decoder(Protocol):
    """Takes one coding off; raises `_BrokenError`."""

    @property
    def complete(self) -> bool:
        """Whether the bytes so far are a whole body."""

    def feed(self, data: bytes, limit: int) -> bytes:
        """Return what the next bytes decode to, but not more than the limit."""


class _Member(Protocol):
    """What the libraries offer for one member of gzip or zlib, or for one frame of zstd."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Members:
    """Decodes members one after another; a function makes the decoder of each."""

    def __init__(self, begin: Callable[[bytes], _Member]) -> None:
        self._begin = begin
        self._member: _Member | None = None

    @property
    def complete(self) -> bool:
        """Whether the bytes so far are a whole body."""
        return self._member is None

    def feed(self, data: bytes, limit: int) -> bytes:
        """Return what the next bytes decode to, but not more than the limit."""
        found = b""
        for _ in range(_MOST_MEMBERS):
            if not data or len(found) >= limit:
                return found
            if self._member is None:
                self._member = self._begin(data)
            try:
                found += self._member.decompress(data, limit - len(found))
            except zlib.error as error:
                raise _BrokenError(_DAMAGED) from error
            if not self._member.eof:
                return found
            data = self._member.unused_data
            self._member = None
        if data:
            raise _BrokenError(f"it has more than {_MOST_MEMBERS} members")
        return found


def _gzip(_: bytes) -> _Member:
    return zlib.decompressobj(GZIP_WBITS)


def _deflate(data: bytes) -> _Member:
    """Return a decoder of zlib, which the name stands for, or of what some programs send."""
    is_zlib = data[0] & 0x0F == _ZLIB_METHOD
    return zlib.decompressobj(zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)


class _Zstandard(_Members):
    """Decodes the frames of zstd."""

    def __init__(self) -> None:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd

        window: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG}
        super().__init__(lambda _: zstd.ZstdDecompressor(options=window))
        self._error = zstd.ZstdError

    def feed(self, data: bytes, limit: int) -> bytes:
        """Return what the next bytes decode to, but not more than the limit."""
        try:
            return super().feed(data, limit)
        except self._error as error:
            if _NEEDS_MEMORY in str(error):
                raise InvalidRequest(_LARGE_WINDOW) from error
            raise _BrokenError(_DAMAGED) from error


class _Brotli:
    """Decodes br."""

    def __init__(self) -> None:
        import brotli  # imported here, as zstd above: only few need it

        self._library = brotli.Decompressor()
        self._error = brotli.error
        self._empty = True

    @property
    def complete(self) -> bool:
        """Whether the bytes so far are a whole body."""
        return self._empty or bool(self._library.is_finished())

    def feed(self, data: bytes, limit: int) -> bytes:
        """Return what the next bytes decode to, but not more than the limit."""
        found = bytearray()
        self._empty = self._empty and not data
        try:
            while len(found) < limit:
                more = self._library.process(data, output_buffer_limit=limit - len(found))
                if not more:
                    break
                found += more
                data = b""
        except self._error as error:
            raise _BrokenError(_DAMAGED) from error
        return bytes(found)


DECODERS: Final[Mapping[str, Callable[[], _Decoder]]] = {
    "gzip": lambda: _Members(_gzip),
    "x-gzip": lambda: _Members(_gzip),
    "deflate": lambda: _Members(_deflate),
    "br": _Brotli,
    "zstd": _Zstandard,
}
