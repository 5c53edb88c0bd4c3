"""Replace the secrets of an exchange by stars, one per byte, so that all boundaries stay.

The values of named headers, query parameters and JSON fields are masked first. Then the same
values are masked in all other places, because services often repeat them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

from streamproof.contracts.sse import BLANK_LINE
from streamproof.mock_ai.http1.bodies import BodyPiece
from streamproof.mock_ai.recording.exchange import (
    RecordedExchange,
    RecordedRead,
    RecordedRequest,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamproof.mock_ai.actions.head import Headers

HEADERS: Final = (
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "api-key",
    "x-auth-token",
    "x-csrf-token",
    "x-goog-api-key",
)
QUERY: Final = (
    "access_token",
    "api_key",
    "apikey",
    "code",
    "key",
    "password",
    "secret",
    "sig",
    "signature",
    "token",
)
# Not `token`: some services stream their text under that name.
FIELDS: Final = (
    "access_token",
    "api_key",
    "apikey",
    "client_secret",
    "id_token",
    "password",
    "refresh_token",
    "secret",
)

SHORTEST_ECHO_BYTES: Final = 8  # shorter values are too often ordinary words

# The secret part of a header's value is the first group; of other headers it is the whole value.
_SECRET_PARTS: Final = {
    "authorization": re.compile(r"(?:\S+\s+)?(.*)"),
    "proxy-authorization": re.compile(r"(?:\S+\s+)?(.*)"),
    "cookie": re.compile(r"(?:[^=;]*=)?([^;]*)"),
    "set-cookie": re.compile(r"\A(?:[^=;]*=)?([^;]*)"),
}
_URL_HEADERS: Final = ("location", "content-location", "referer")
_TOKEN: Final = re.compile(rb'"(?:[^"\\\r\n]|\\.)*"?|[-+.\w]+|[\[\]{}]')


@dataclass(frozen=True, slots=True)
class Masks:
    """The names of secret headers, query parameters and JSON fields, in lower case."""

    headers: frozenset[str]
    query: frozenset[str]
    fields: frozenset[str]

    @classmethod
    def usual(
        cls,
        headers: Iterable[str] = (),
        query: Iterable[str] = (),
        fields: Iterable[str] = (),
    ) -> Masks:
        """Return the names that are nearly always secret, and the given names."""
        return cls(
            frozenset(name.lower() for name in (*HEADERS, *headers)),
            frozenset(name.lower() for name in (*QUERY, *query)),
            frozenset(name.lower() for name in (*FIELDS, *fields)),
        )


def masked(exchange: RecordedExchange, masks: Masks) -> RecordedExchange:
    """Return the exchange with its secrets as stars; all lengths and boundaries stay."""
    masker = _Masker(masks)
    request = exchange.request
    safe_request = RecordedRequest(
        method=request.method,
        target=masker.url(request.target),
        headers=masker.headers(request.headers),
        body=masker.fields(request.body),
    )
    safe = replace(
        exchange,
        request=safe_request,
        headers=masker.headers(exchange.headers),
        note=exchange.note and masker.fields(exchange.note.encode()).decode("utf-8", "replace"),
        reads=_recut(exchange.reads, masker.fields(exchange.body)),
    )
    return masker.without_echoes(safe)


class _Masker:
    """Masks values by name, and remembers the values."""

    def __init__(self, masks: Masks) -> None:
        self._masks = masks
        self._secrets: set[bytes] = set()
        names = b"|".join(re.escape(name.encode()) for name in sorted(masks.fields))
        # Between name and colon there may be a line end and a `data:` of a pretty-printed event.
        self._field = re.compile(rb'(?i)"(?:%s)"(?:\s|data:)*:' % names)

    def headers(self, headers: Headers) -> Headers:
        return tuple((name, self._header(name.lower(), value)) for name, value in headers)

    def _header(self, name: str, value: str) -> str:
        if name in _URL_HEADERS:
            value = self.url(value)
        if name not in self._masks.headers:
            return value
        parts = _SECRET_PARTS.get(name)
        if parts is None:
            return self._stars(value)
        return parts.sub(lambda found: self._mask_group(found, 1), value)

    def url(self, url: str) -> str:
        return re.sub(r"(?<=[?&])([^=&#]+)=([^&#]*)", self._parameter, url)

    def _parameter(self, found: re.Match[str]) -> str:
        if unquote_plus(found[1]).lower() not in self._masks.query:
            return found[0]
        self._remember(unquote_plus(found[2]))
        return self._mask_group(found, 2)

    def _mask_group(self, found: re.Match[str], group: int) -> str:
        start, stop = (offset - found.start() for offset in found.span(group))
        return found[0][:start] + self._stars(found[group]) + found[0][stop:]

    def _stars(self, secret: str) -> str:
        self._remember(secret)
        return "*" * len(secret.encode())

    def _remember(self, secret: str) -> None:
        if len(secret.encode()) >= SHORTEST_ECHO_BYTES:
            self._secrets.add(secret.encode())

    def fields(self, body: bytes) -> bytes:
        """Mask every string and number in the values of the named fields."""
        pieces: list[bytes] = []
        done = 0
        for field in self._field.finditer(body):
            if field.start() >= done:
                pieces.append(body[done : field.end()])
                done = _value_end(body, field.end())
                pieces.append(_TOKEN.sub(self._value, body[field.end() : done]))
        return b"".join([*pieces, body[done:]])

    def _value(self, found: re.Match[bytes]) -> bytes:
        token = found[0]
        if not token.startswith(b'"'):
            return re.sub(rb"\d", b"0", token)
        secret = token[1:].removesuffix(b'"')
        if len(secret) >= SHORTEST_ECHO_BYTES:
            self._secrets.add(secret)
        return b'"' + b"*" * len(secret) + token[1 + len(secret) :]

    def without_echoes(self, exchange: RecordedExchange) -> RecordedExchange:
        """Mask the remembered values in all other places."""
        if not self._secrets:
            return exchange
        request = exchange.request
        return replace(
            exchange,
            request=RecordedRequest(
                method=request.method,
                target=self._clean_text(request.target),
                headers=self._clean_headers(request.headers),
                body=self._clean(request.body),
            ),
            reason=self._clean_text(exchange.reason),
            note=exchange.note and self._clean_text(exchange.note),
            headers=self._clean_headers(exchange.headers),
            reads=_recut(exchange.reads, self._clean(exchange.body)),
        )

    def _clean(self, data: bytes) -> bytes:
        secrets = sorted(self._secrets, key=len, reverse=True)
        echo = re.compile(b"|".join(re.escape(secret) for secret in secrets))
        return echo.sub(lambda found: b"*" * len(found[0]), data)

    def _clean_text(self, text: str) -> str:
        return self._clean(text.encode()).decode("utf-8", "replace")

    def _clean_headers(self, headers: Headers) -> Headers:
        return tuple((name, self._clean_text(value)) for name, value in headers)


def _value_end(body: bytes, start: int) -> int:
    """Return the end of the JSON value at `start`, or the end of its event if it is broken."""
    blank = BLANK_LINE.search(body, start)
    stop = blank.start() if blank else len(body)
    depth = 0
    for token in _TOKEN.finditer(body, start, stop):
        depth += (token[0] in b"[{") - (token[0] in b"]}")
        if depth <= 0 and token[0] != b"data":
            return token.end()
    return stop


def _recut(reads: Iterable[RecordedRead], body: bytes) -> tuple[RecordedRead, ...]:
    """Cut a new body of the same length at the boundaries of the old one."""
    cut: list[RecordedRead] = []
    offset = 0
    for read in reads:
        pieces: list[BodyPiece] = []
        for piece in read.pieces:
            pieces.append(BodyPiece(body[offset : offset + len(piece.data)], piece.complete))
            offset += len(piece.data)
        cut.append(RecordedRead(read.at_ms, tuple(pieces)))
    return tuple(cut)
