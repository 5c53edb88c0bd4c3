"""The codings of request bodies: gzip, deflate, br and zstd, also several on top of each other.

A body has a limit after it is decoded, and decoding stops there: a few bytes can stand for very
many.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Mapping
from typing import Final

from streamproof.mock_ai.errors import BodyTooLarge, InvalidRequest, UnsupportedMediaType

MAX_BODY_BYTES: Final = 1_048_576
"""The limit of a body, both as it is sent and when it is decoded."""

MAX_CODINGS: Final = 4
_ZLIB_WBITS: Final = zlib.MAX_WBITS
_GZIP_WBITS: Final = 16 + zlib.MAX_WBITS
_ZSTD_WINDOW_LOG: Final = 23
"""8 MiB, which every reader must know (RFC 9659); a larger window would need more memory."""

_TOO_SHORT: Final = "it ends too early"
_DAMAGED: Final = "some of its bytes are wrong"
_NEEDS_MEMORY: Final = "too much memory"
"""What the library says of a window above our limit; its errors have no code."""
_LARGE_WINDOW: Final = (
    "the body has a zstd window of more than 8 MiB; compress it with a smaller window"
)


class _BrokenError(Exception):
    """Bytes that are not valid in their coding."""


def decoded_body(body: bytes, content_encoding: str) -> bytes:
    """Return a body without the codings of a `Content-Encoding`, the last of which comes off first.

    Raises `InvalidRequest` for broken bytes, `UnsupportedMediaType` for an unknown coding, and
    `BodyTooLarge`.
    """
    if not body:
        return body
    codings = [name.strip().lower() for name in content_encoding.split(",")]
    names = [name for name in codings if name not in {"", "identity"}]
    if len(names) > MAX_CODINGS:
        raise UnsupportedMediaType(f"Content-Encoding: wanted at most {MAX_CODINGS} codings")
    for name in reversed(names):
        body = _decoded(body, name)
    return body


def _decoded(body: bytes, coding: str) -> bytes:
    if coding not in _DECODERS:
        wanted = f"wanted {', '.join(_DECODERS)} or identity, got '{coding[:40]}'"
        raise UnsupportedMediaType(f"Content-Encoding: {wanted}")
    try:
        data = _DECODERS[coding](body)
    except _BrokenError as error:
        raise InvalidRequest(f"the body is not valid {coding}: {error}") from error
    except zlib.error as error:
        raise InvalidRequest(f"the body is not valid {coding}: {_DAMAGED}") from error
    if len(data) > MAX_BODY_BYTES:
        raise BodyTooLarge(f"the decoded body has more than {MAX_BODY_BYTES:,} bytes")
    return data


def _inflate(body: bytes, wbits: int) -> bytes:
    """Decode the members of a gzip body, or a body of zlib, up to one byte above the limit."""
    found = b""
    while body:
        member = zlib.decompressobj(wbits)
        found += member.decompress(body, MAX_BODY_BYTES + 1 - len(found))
        if len(found) > MAX_BODY_BYTES:
            break
        if not member.eof:
            raise _BrokenError(_TOO_SHORT)
        body = member.unused_data
    return found


def _deflate(body: bytes) -> bytes:
    """Decode zlib, which the name stands for, or what some clients send under this name."""
    try:
        return _inflate(body, _ZLIB_WBITS)
    except zlib.error:
        return _inflate(body, -_ZLIB_WBITS)


def _brotli(body: bytes) -> bytes:
    import brotli  # imported here, as zstd below: only few clients need it

    decoder = brotli.Decompressor()
    try:
        found: bytes = decoder.process(body, output_buffer_limit=MAX_BODY_BYTES + 1)
        while not decoder.is_finished() and len(found) <= MAX_BODY_BYTES:
            more = decoder.process(b"", output_buffer_limit=MAX_BODY_BYTES + 1)
            if not more:
                raise _BrokenError(_TOO_SHORT)
            found += more
    except brotli.error as error:
        raise _BrokenError(_DAMAGED) from error
    return found


def _zstandard(body: bytes) -> bytes:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd

    found = b""
    window: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG}
    while body:
        frame = zstd.ZstdDecompressor(options=window)
        try:
            found += frame.decompress(body, MAX_BODY_BYTES + 1 - len(found))
        except zstd.ZstdError as error:
            if _NEEDS_MEMORY in str(error):
                raise InvalidRequest(_LARGE_WINDOW) from error
            raise _BrokenError(_DAMAGED) from error
        if len(found) > MAX_BODY_BYTES:
            break
        if not frame.eof:
            raise _BrokenError(_TOO_SHORT)
        body = frame.unused_data
    return found


_DECODERS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "gzip": lambda body: _inflate(body, _GZIP_WBITS),
    "x-gzip": lambda body: _inflate(body, _GZIP_WBITS),
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstandard,
}
