"""Read a file saved with `curl -N URL > file` or `curl -Ni`: an exchange without times.

curl removes the chunk framing, so each event becomes a chunk of its own. With `--raw` curl keeps
the framing, and its chunks are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from streamproof.mock_ai.actions import Send
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.errors import CannotImport, InvalidHttpMessage
from streamproof.mock_ai.http1.bodies import BodyPiece, ChunkedBody, reply_body
from streamproof.mock_ai.http1.reader import HttpHead, split_head
from streamproof.mock_ai.planning.plan import plan
from streamproof.mock_ai.recording.exchange import (
    ExchangeEnding,
    RecordedExchange,
    RecordedRead,
    RecordedRequest,
)
from streamproof.mock_ai.scenario.model import Reply
from streamproof.mock_ai.scenario.step_types import RawStep

NO_REQUEST: Final = RecordedRequest("", "")

_SAVE: Final = "save the stream with `curl -N -i -o FILE URL` instead"
_NO_STREAM: Final = (
    (re.compile(rb"[*<>] ?[^\r\n]*\r?\n[*<>] ?"), "this looks like output of `curl -v`"),
    (re.compile(rb"\s*% Total +% Received"), "the progress meter of `curl` is in the file"),
    (
        re.compile(rb"\s*StatusCode +: \d+\s"),
        "this is the table that `Invoke-WebRequest` of PowerShell prints, also under the name curl",
    ),
)
"""What a file begins with that has no stream, or more than a stream."""

_GZIP: Final = b"\x1f\x8b"


def read_curl_dump(data: bytes, file: str) -> RecordedExchange:
    """Read a file that curl saved; raise `CannotImport` with the line of the error."""
    if not data:
        raise CannotImport(file, "the file is empty")
    for begins, what in _NO_STREAM:
        if begins.match(data):
            raise CannotImport(f"{file}:1", f"{what}; {_SAVE}")
    head, body = _last_head(data, file)
    headers = head.headers if head else (("Content-Type", "text/event-stream"),)
    status, reason = head.status if head else (200, "OK")
    exchange = RecordedExchange(NO_REQUEST, status, reason, headers, ())
    with_chunks = head and _chunked(exchange, head, body)
    return with_chunks or _with_true_headers(replace(exchange, reads=event_reads(body)), body)


def _chunked(exchange: RecordedExchange, head: HttpHead, body: bytes) -> RecordedExchange | None:
    """Read the chunk framing that the head announces; None if the file does not have it."""
    framing = reply_body(head, "GET")
    if not isinstance(framing, ChunkedBody):
        return None
    try:
        pieces = tuple(framing.feed(body))
    except InvalidHttpMessage:
        return None
    if not framing.complete and not any(piece.complete for piece in pieces):
        return None
    ending = ExchangeEnding.FINISHED if framing.complete else ExchangeEnding.CUT
    reads = (RecordedRead(0.0, pieces),) if pieces else ()
    return replace(exchange, reads=reads, ending=ending, details=framing.details)


def event_reads(body: bytes, times: Iterable[float] = ()) -> tuple[RecordedRead, ...]:
    """Return the body with one piece per event, and one read per time if there is one per event.

    Otherwise all pieces are in one read at 0 ms.
    """
    pieces = event_pieces(body)
    at = list(times)
    if len(at) == len(pieces):
        return tuple(RecordedRead(ms, (piece,)) for ms, piece in zip(at, pieces, strict=True))
    return (RecordedRead(0.0, pieces),) if pieces else ()


def event_pieces(body: bytes) -> tuple[BodyPiece, ...]:
    """Cut a body after each event."""
    if not body:
        return ()
    [send] = (a for a in plan(Reply((RawStep(body),))) if isinstance(a, Send))
    return tuple(BodyPiece(piece.data) for piece in send.cut(send.ends))


def _last_head(data: bytes, file: str) -> tuple[HttpHead | None, bytes]:
    """Split off the last head; heads of redirects, proxies and early hints come before it."""
    head = None
    rest = data
    while rest.startswith(b"HTTP/"):
        line = data.count(b"\n", 0, len(data) - len(rest)) + 1
        try:
            found = split_head(rest)
            if found is None:
                raise InvalidHttpMessage("wanted a blank line after the headers")
            head, rest = found
            _ = head.status
        except InvalidHttpMessage as error:
            raise CannotImport(f"{file}:{line}", str(error)) from error
    return head, rest


def _with_true_headers(exchange: RecordedExchange, body: bytes) -> RecordedExchange:
    """Remove headers that do not match the body in the file; mark a short body as cut.

    A length next to chunks means nothing, so it stays as it is.
    """
    fields = {name.lower(): value for name, value in exchange.headers}
    decoded = "content-encoding" in fields and not body.startswith(_GZIP)
    length = fields.get("content-length", "")
    chunked = "chunked" in fields.get("transfer-encoding", "").lower()
    short = not decoded and not chunked and length.isdecimal() and len(body) < int(length)
    wrong = {"content-encoding", "content-length"} if decoded else set()
    if not short and not chunked and length != str(len(body)):
        wrong.add("content-length")
    has_length = length and "content-length" not in wrong and not chunked
    return replace(
        exchange,
        headers=tuple(field for field in exchange.headers if field[0].lower() not in wrong),
        ending=ExchangeEnding.CUT if short else ExchangeEnding.FINISHED,
        framing=Framing.LENGTH if has_length else Framing.CHUNKED,
    )
