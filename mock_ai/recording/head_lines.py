"""Write the head of a recorded reply as keys of a scenario: status, framing, headers and more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.actions import start_of
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.actions.headers import reason_phrase
from streamproof.mock_ai.recording.step_lines import flow, number, quoted
from streamproof.mock_ai.recording.steps import Steps, silence_ms

if TYPE_CHECKING:
    from streamproof.mock_ai.actions.head import Headers
    from streamproof.mock_ai.recording.exchange import RecordedExchange

# These headers describe one connection (RFC 9110, section 7.6.1).
HOP_BY_HOP: Final = (
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-connection",
    "te",
    "upgrade",
)
_LENGTH: Final = "content-length"
_CODING: Final = "transfer-encoding"

_PLAIN_KEY: Final = re.compile("[A-Za-z][A-Za-z0-9_-]*")


def head_lines(exchange: RecordedExchange, steps: Steps) -> Iterator[str]:
    """Yield the keys of the head."""
    if exchange.status != 200:
        yield f"status: {exchange.status}"
    if exchange.reason != reason_phrase(exchange.status):
        yield f"reason: {quoted(exchange.reason)}"
    yield from _framing(exchange)
    yield from _interim(exchange)
    yield from _headers(exchange, steps)
    if exchange.details.trailers:
        yield "trailers:"
        yield from _fields(exchange.details.trailers)


def has_both_lengths(exchange: RecordedExchange) -> bool:
    """Tell whether a body in chunks has a declared length as well."""
    return exchange.framing is Framing.CHUNKED and bool(_values(exchange, _LENGTH))


def _framing(exchange: RecordedExchange) -> Iterator[str]:
    if exchange.http_1_0:
        yield "protocol: HTTP/1.0"
    elif exchange.framing is Framing.CLOSE:
        yield "chunked: false"
    elif has_both_lengths(exchange) or _has_other_coding(exchange):
        yield "chunked: true"
    if exchange.framing is Framing.LENGTH and (declared := _values(exchange, _LENGTH)):
        yield f"content_length: {declared[0]}"
    elif exchange.framing is Framing.LENGTH and exchange.reads:
        yield "content_length: right"
    if exchange.gzip is not None:
        yield f"gzip: {exchange.gzip}"
    if exchange.details.extension:
        yield f"chunk_extension: {quoted(exchange.details.extension)}"


def _has_other_coding(exchange: RecordedExchange) -> bool:
    return any(value.lower() != "chunked" for value in _values(exchange, _CODING))


def _interim(exchange: RecordedExchange) -> Iterator[str]:
    if not exchange.interim:
        return
    yield "interim:"
    next_ms = [*(interim.at_ms for interim in exchange.interim[1:]), exchange.head_ms]
    for interim, until_ms in zip(exchange.interim, next_ms, strict=True):
        yield f"  - status: {interim.status}"
        if interim.reason != reason_phrase(interim.status):
            yield f"    reason: {quoted(interim.reason)}"
        if interim.headers:
            yield "    headers:"
            yield from (f"    {line}" for line in _fields(interim.headers))
        if wait_ms := silence_ms(interim.at_ms, until_ms):
            yield f"    wait_ms: {number(wait_ms)}"


def _headers(exchange: RecordedExchange, steps: Steps) -> Iterator[str]:
    """Yield the recorded headers, and null for those that the mock would add.

    With neutral steps, the headers of their dialect are left out if they come first: in another
    dialect the reply has others.
    """
    trailers = dict(exchange.details.trailers)
    in_dialect = steps if steps.request else Steps(())
    defaults = start_of(in_dialect.plan(status=exchange.status, trailers=trailers)).headers
    kept = tuple(field for field in exchange.headers if not _is_left_out(*field))
    if steps.request and kept[: len(defaults)] == defaults:
        kept, defaults = kept[len(defaults) :], ()
    names = {name.lower() for name, _ in kept}
    if kept or defaults:
        yield "headers:"
        yield from _fields(kept)
        yield from (f"  {name}: null" for name, _ in defaults if name.lower() not in names)


def _is_left_out(name: str, value: str) -> bool:
    usual = name.lower() == _CODING and value.lower() == "chunked"
    return usual or name.lower() in HOP_BY_HOP


def _fields(headers: Headers) -> Iterator[str]:
    """Yield a line for each name; a repeated header has a list of values."""
    fields: dict[str, tuple[str, list[str]]] = {}
    for name, value in headers:
        fields.setdefault(name.lower(), (name, []))[1].append(value)
    for name, values in fields.values():
        key = name if _PLAIN_KEY.fullmatch(name) else quoted(name)
        yield f"  {key}: {quoted(values[0]) if len(values) == 1 else flow(values)}"


def _values(exchange: RecordedExchange, wanted: str) -> list[str]:
    return [value for name, value in exchange.headers if name.lower() == wanted]
