"""Reads what `curl -N URL > file` leaves, also with `-i`: an exchange without times.

curl writes the body without its framing, so chunk boundaries are lost; each event becomes a chunk
of its own. With `--raw` it leaves the framing, which is then read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from streamproof.mock_ai.actions import Send
from streamproof.mock_ai.errors import CannotImport, InvalidHttpMessage
from streamproof.mock_ai.http1.reader import (
    BodyPiece,
    ChunkedBody,
    HttpHead,
    reply_body,
    split_head,
)
from streamproof.mock_ai.planning.plan import plan
from streamproof.mock_ai.recording.exchange import (
    ExchangeEnding,
    RecordedExchange,
    RecordedRead,
    RecordedRequest,
)
from streamproof.mock_ai.scenario.model import RawStep, Reply

NO_REQUEST: Final = RecordedRequest("", "")

_VERBOSE: Final = re.compile(rb"[*<>] ?[^\r\n]*\r?\n[*<>] ?")
_GZIP: Final = b"\x1f\x8b"


def read_curl_dump(data: bytes, file: str) -> RecordedExchange:
    """Read a dump; raises `CannotImport` with the line that is wrong."""
    if not data:
        raise CannotImport(file, "the file is empty")
    if _VERBOSE.match(data):
        message = "this looks like the output of curl -v: use curl -N -i, which mixes nothing in"
        raise CannotImport(f"{file}:1", message)
    head, body = _last_head(data, file)
    headers = head.headers if head else (("Content-Type", "text/event-stream"),)
    status, reason = head.status if head else (200, "OK")
    exchange = RecordedExchange(NO_REQUEST, status, reason, headers, ())
    with_chunks = head and _chunked(exchange, head, body)
    return with_chunks or _without_lies(replace(exchange, reads=event_reads(body)), body)


def _chunked(exchange: RecordedExchange, head: HttpHead, body: bytes) -> RecordedExchange | None:
    """Read the framing that the head announces, if it is there."""
    framing = reply_body(head, "GET")
    if not isinstance(framing, ChunkedBody):
        return None
    try:
        parts = tuple(framing.feed(body))
    except InvalidHttpMessage:
        return None
    if not framing.complete and not any(part.complete for part in parts):
        return None
    ending = ExchangeEnding.FINISHED if framing.complete else ExchangeEnding.CUT
    reads = (RecordedRead(0.0, parts),) if parts else ()
    return replace(exchange, reads=reads, ending=ending, unfinished=framing.unfinished)


def event_reads(body: bytes, times: Iterable[float] = ()) -> tuple[RecordedRead, ...]:
    """Make a part of each event, and a read of each time; without times all is one read."""
    parts = event_parts(body)
    at = list(times)
    if len(at) == len(parts):
        return tuple(RecordedRead(ms, (part,)) for ms, part in zip(at, parts, strict=True))
    return (RecordedRead(0.0, parts),) if parts else ()


def event_parts(body: bytes) -> tuple[BodyPiece, ...]:
    """Cut a body after each event."""
    if not body:
        return ()
    [send] = (a for a in plan(Reply((RawStep(body),))) if isinstance(a, Send))
    return tuple(BodyPiece(piece.data) for piece in send.cut(send.ends))


def _last_head(data: bytes, file: str) -> tuple[HttpHead | None, bytes]:
    """Split off the heads: those of redirects, proxies and early hints come before the last."""
    head = None
    rest = data
    while rest.startswith(b"HTTP/"):
        line = data.count(b"\n", 0, len(data) - len(rest)) + 1
        try:
            found = split_head(rest)
            if found is None:
                raise InvalidHttpMessage("headers without a blank line after them")
            head, rest = found
            _ = head.status
        except InvalidHttpMessage as error:
            raise CannotImport(f"{file}:{line}", str(error)) from error
    return head, rest


def _without_lies(exchange: RecordedExchange, body: bytes) -> RecordedExchange:
    """Leave out headers that are not true of the bytes in the file; a short body was cut."""
    said = {name.lower(): value for name, value in exchange.headers}
    decoded = "content-encoding" in said and not body.startswith(_GZIP)
    length = said.get("content-length", "")
    short = not decoded and length.isdecimal() and len(body) < int(length)
    wrong = {"content-encoding", "content-length"} if decoded else set()
    if not short and length != str(len(body)):
        wrong.add("content-length")
    return replace(
        exchange,
        headers=tuple(field for field in exchange.headers if field[0].lower() not in wrong),
        ending=ExchangeEnding.CUT if short else ExchangeEnding.FINISHED,
    )
