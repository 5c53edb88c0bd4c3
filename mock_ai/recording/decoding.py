"""Take the content coding off a recorded exchange, because coded secrets cannot be masked.

The scenario codes a complete gzip body again when it is played. Other codings are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.errors import CannotRecord, InvalidRequest
from streamproof.mock_ai.http1.bodies import BodyPiece
from streamproof.mock_ai.recording.exchange import ExchangeEnding, RecordedRead
from streamproof.mock_ai.request.codings import decoded_body
from streamproof.mock_ai.request.decoders import DECODERS, BodyDecoder, codings_in
from streamproof.mock_ai.scenario.model import Gzip

if TYPE_CHECKING:
    from streamproof.mock_ai.actions.head import Headers
    from streamproof.mock_ai.recording.exchange import RecordedExchange, RecordedRequest

MAX_RECORDED_BYTES: Final = 64 * 1_048_576  # as a file it would be too large long before

_CODING: Final = "content-encoding"
_LENGTH: Final = "content-length"
_GZIP: Final = ("gzip", "x-gzip")


def decoded(exchange: RecordedExchange) -> RecordedExchange:
    """Return the exchange with readable bodies, and a note on what was changed.

    Raises `CannotRecord` for a reply in an unknown coding.
    """
    exchange = replace(exchange, request=_decoded_request(exchange.request))
    codings = _codings(exchange.headers)
    if not codings or not exchange.reads:
        return exchange
    finished = exchange.ending is ExchangeEnding.FINISHED
    reads, problem = _decoded_reads(exchange.reads, codings, finished=finished)
    # The place of a cut counts coded bytes, which are others when the mock codes the body.
    again = finished and not problem and len(codings) == 1 and codings[0] in _GZIP
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
    return codings_in(value for name, value in headers if name.lower() == _CODING)


def _note(codings: list[str], *, again: bool) -> str:
    sent = f"The service sent the body in {', '.join(codings)}"
    return f"{sent}; the mock codes it again." if again else f"{sent}; here it is decoded."


def _flushed(coded: tuple[RecordedRead, ...], reads: tuple[RecordedRead, ...]) -> Gzip:
    """Return when the compressor of the service let its bytes go."""
    at_once = len(reads) <= 1 < len(coded)
    return Gzip.AT_END if at_once else Gzip.PER_EVENT


def _decoded_reads(
    reads: Iterable[RecordedRead], codings: list[str], *, finished: bool
) -> tuple[tuple[RecordedRead, ...], str]:
    """Return the reads that decode to anything, and a note if the bytes are broken."""
    unknown = [name for name in codings if name not in DECODERS]
    if unknown:
        message = f"the reply has the Content-Encoding '{unknown[0]}', so no secret can be masked"
        raise CannotRecord(f"{message}; wanted one of {', '.join(DECODERS)}")
    found: list[RecordedRead] = []
    decoder = BodyDecoder(codings, MAX_RECORDED_BYTES)
    try:
        found.extend(_decoding(reads, decoder))
        if finished:
            decoder.end()
    except InvalidRequest as error:
        return tuple(found), f"The rest of the body cannot be decoded: {error}."
    return tuple(found), ""


def _decoding(reads: Iterable[RecordedRead], decoder: BodyDecoder) -> Iterator[RecordedRead]:
    for read in reads:
        pieces = [BodyPiece(decoder.feed(piece.data), piece.complete) for piece in read.pieces]
        if pieces := [piece for piece in pieces if piece.data]:
            yield RecordedRead(read.at_ms, tuple(pieces))


def _decoded_request(request: RecordedRequest) -> RecordedRequest:
    codings = _codings(request.headers)
    if not codings:
        return request
    try:
        return replace(request, body=decoded_body(request.body, codings))
    except InvalidRequest as error:
        return replace(request, body=f"({error})".encode())
