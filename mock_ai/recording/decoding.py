"""Take the content coding off a recorded exchange, because coded secrets cannot be masked.

The scenario codes a complete gzip body again when it is played. Other codings are left out.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from streamproof.mock_ai.errors import CannotRecord, InvalidRequest
from streamproof.mock_ai.http1.bodies import BodyPiece
from streamproof.mock_ai.recording.exchange import ExchangeEnding, RecordedRead
from streamproof.mock_ai.request.codings import decoded_body
from streamproof.mock_ai.scenario.model import Gzip

if TYPE_CHECKING:
    from streamproof.mock_ai.actions.head import Headers
    from streamproof.mock_ai.recording.exchange import RecordedExchange, RecordedRequest

MAX_BODY_BYTES: Final = 64 * 1_048_576  # as a file it would be too large long before

_CODING: Final = "content-encoding"
_LENGTH: Final = "content-length"
_GZIP: Final = ("gzip", "x-gzip")
_GZIP_WBITS: Final = 16 + zlib.MAX_WBITS
_ZLIB_METHOD: Final = 8  # the low half of the first byte of zlib (RFC 1950, section 2.2)

_Decode: TypeAlias = Callable[[bytes], bytes]


def decoded(exchange: RecordedExchange) -> RecordedExchange:
    """Return the exchange with readable bodies, and a note on what was changed.

    Raises `CannotRecord` for a reply in an unknown coding.
    """
    exchange = replace(exchange, request=_decoded_request(exchange.request))
    codings = _codings(exchange.headers)
    if not codings or not exchange.reads:
        return exchange
    reads, problem = _decoded_reads(exchange.reads, codings)
    # The place of a cut counts coded bytes, which are others when the mock codes the body.
    finished = exchange.ending is ExchangeEnding.FINISHED and not problem
    again = finished and len(codings) == 1 and codings[0] in _GZIP
    left_out = (_LENGTH,) if again else (_LENGTH, _CODING)
    return replace(
        exchange,
        headers=tuple(field for field in exchange.headers if field[0].lower() not in left_out),
        reads=reads,
        gzip=_flushed(exchange.reads, reads) if again else None,
        note=" ".join(filter(None, (exchange.note, _note(codings, again=again), problem))),
    )


def _codings(headers: Headers) -> list[str]:
    """Return the codings of a body, the first one first."""
    values = [value for name, value in headers if name.lower() == _CODING]
    names = [name.strip().lower() for value in values for name in value.split(",")]
    return [name for name in names if name not in ("", "identity")]


def _note(codings: list[str], *, again: bool) -> str:
    sent = f"The service sent the body in {', '.join(codings)}"
    return f"{sent}; the mock codes it again." if again else f"{sent}; here it is decoded."


def _flushed(coded: tuple[RecordedRead, ...], reads: tuple[RecordedRead, ...]) -> Gzip:
    """Return when the compressor of the service let its bytes go."""
    at_once = len(reads) <= 1 < len(coded)
    return Gzip.AT_END if at_once else Gzip.PER_EVENT


def _decoded_reads(
    reads: Iterable[RecordedRead], codings: list[str]
) -> tuple[tuple[RecordedRead, ...], str]:
    """Return the reads that decode to anything, and a note if the bytes are broken."""
    unknown = [name for name in codings if name not in _DECODERS]
    if unknown:
        message = f"the reply has the Content-Encoding '{unknown[0]}', so no secret can be masked"
        raise CannotRecord(f"{message}; wanted one of {', '.join(_DECODERS)}")
    found: list[RecordedRead] = []
    try:
        found.extend(_decoding(reads, [_DECODERS[name]() for name in reversed(codings)]))
    except Exception as error:  # noqa: BLE001  # each library has errors of its own
        return tuple(found), f"The rest of the body cannot be decoded: {error}."
    return tuple(found), ""


def _decoding(reads: Iterable[RecordedRead], decoders: list[_Decode]) -> Iterator[RecordedRead]:
    size = 0
    for read in reads:
        pieces: list[BodyPiece] = []
        for piece in read.pieces:
            data = piece.data
            for decode in decoders:
                data = decode(data)
            size += len(data)
            if size > MAX_BODY_BYTES:
                raise ValueError(f"it has more than {MAX_BODY_BYTES:,} bytes")
            if data:
                pieces.append(BodyPiece(data, piece.complete))
        if pieces:
            yield RecordedRead(read.at_ms, tuple(pieces))


def _decoded_request(request: RecordedRequest) -> RecordedRequest:
    codings = ", ".join(_codings(request.headers))
    if not codings:
        return request
    try:
        return replace(request, body=decoded_body(request.body, codings))
    except InvalidRequest as error:
        return replace(request, body=f"({error})".encode())


def _deflate() -> _Decode:
    """Return a decoder of zlib, which the name stands for, or of what some services send."""
    decoders: list[_Decode] = []

    def decode(data: bytes) -> bytes:
        if not decoders and data:
            is_zlib = data[0] & 0x0F == _ZLIB_METHOD
            wbits = zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS
            decoders.append(zlib.decompressobj(wbits).decompress)
        return decoders[0](data) if decoders else b""

    return decode


def _brotli() -> _Decode:
    import brotli  # imported here, as zstd below: only few services send it

    decode: _Decode = brotli.Decompressor().process
    return decode


def _zstandard() -> _Decode:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd

    return zstd.ZstdDecompressor().decompress


_DECODERS: Final[Mapping[str, Callable[[], _Decode]]] = {
    "gzip": lambda: zlib.decompressobj(_GZIP_WBITS).decompress,
    "x-gzip": lambda: zlib.decompressobj(_GZIP_WBITS).decompress,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstandard,
}
