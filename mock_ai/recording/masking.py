"""Replace the secrets of an exchange by stars, one per byte, so that all boundaries stay.

Values are masked by their names and by their forms, in every part of the exchange. Then the same
values are masked in all other places, because services often repeat them.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus, unquote_to_bytes

from streamproof.contracts.aws_event_stream import split_frames
from streamproof.contracts.sse import BLANK_LINE
from streamproof.mock_ai.http1.bodies import BodyPiece
from streamproof.mock_ai.recording.exchange import RecordedRead
from streamproof.mock_ai.recording.secret_values import SECRET_VALUE, secret_span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamproof.mock_ai.actions.head import Headers
    from streamproof.mock_ai.recording.exchange import RecordedExchange
    from streamproof.mock_ai.recording.secret_names import Masks

SHORTEST_ECHO_BYTES: Final = 8  # shorter values are too often ordinary words

# The secret part of a header's value is the first group; of other headers it is the whole value.
_SECRET_PARTS: Final = {
    "authorization": re.compile(rb"(?:\S+\s+)?(.*)"),
    "proxy-authorization": re.compile(rb"(?:\S+\s+)?(.*)"),
    "cookie": re.compile(rb"(?:[^=;]*=)?([^;]*)"),
    "set-cookie": re.compile(rb"\A(?:[^=;]*=)?([^;]*)"),
}
_BASIC: Final = re.compile(rb"(?i)basic\s+(\S+)")

# Between name and colon there may be a line end and a `data:` of a pretty-printed event.
_FIELD: Final = re.compile(rb'"((?:[^"\\\r\n]|\\.){1,80})"(?:\s|data:)*:')
_TOKEN: Final = re.compile(rb'"(?:[^"\\\r\n]|\\.)*"?|[-+.\w]+|[\[\]{}]')
_FIELD_IN_STRING: Final = re.compile(
    rb'(?<!\\)\\+"([^"\\]{1,80})\\+"\s*:\s*(?:\\+"(.*?)(?<!\\)\\+"|([^\s,}\]"\\]+))'
)
_PARAMETER: Final = re.compile(rb"(?:(?<=[?&])|\A)([\w.%+\[\]-]{1,80})=([^&\s#\"'<>\\]*)")
_PAIR: Final = re.compile(rb"(?<![\w.%-])([\w.%-]{1,80})=([^&\s#\"'<>\\]*)")
_PART_NAME: Final = re.compile(rb'(?im)^content-disposition:[^\r\n]*?\bname="?([^";\r\n]+)')
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_PART_END: Final = re.compile(rb"\r?\n--")


def masked(exchange: RecordedExchange, masks: Masks) -> RecordedExchange:
    """Return the exchange with its secrets as stars; all lengths and boundaries stay."""
    masker = _Masker(masks)
    return _mapped(_mapped(exchange, masker.text, masker.header), masker.echoes, masker.echoes_in)


def _mapped(
    exchange: RecordedExchange,
    change: Callable[[bytes], bytes],
    header: Callable[[str, str], str],
) -> RecordedExchange:
    """Return the exchange with a change of every text, and one of the values of headers."""

    def text(value: str) -> str:
        return change(value.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")

    def headers(fields: Headers) -> Headers:
        return tuple((name, header(name, value)) for name, value in fields)

    request, details = exchange.request, exchange.details
    return replace(
        exchange,
        request=replace(
            request,
            target=text(request.target),
            headers=headers(request.headers),
            body=change(request.body),
        ),
        reason=text(exchange.reason),
        headers=headers(exchange.headers),
        note=exchange.note and text(exchange.note),
        interim=tuple(
            replace(one, reason=text(one.reason), headers=headers(one.headers))
            for one in exchange.interim
        ),
        details=replace(
            details, extension=text(details.extension), trailers=headers(details.trailers)
        ),
        reads=_recut(exchange.reads, _changed_body(exchange.body, change)),
    )


def _changed_body(body: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Return a body with a change of its text; the frames of an AWS event stream stay sound."""
    frames, rest = split_frames(body)
    changed = [frame.masked(change).encode() for frame in frames]
    return b"".join([*changed, change(rest)])


class _Masker:
    """Masks values, and remembers them."""

    def __init__(self, masks: Masks) -> None:
        self._masks = masks
        self._secrets: set[bytes] = set()
        self._echo: re.Pattern[bytes] | None = None

    def header(self, name: str, value: str) -> str:
        """Mask the value of a header or a trailer."""
        data = value.encode("utf-8", "surrogateescape")
        return self._header(name.lower(), data).decode("utf-8", "surrogateescape")

    def _header(self, name: str, value: bytes) -> bytes:
        if not self._masks.hides_header(name):
            return self.text(value)
        if basic := _BASIC.match(value):
            self._remember_password(basic[1])
        parts = _SECRET_PARTS.get(name)
        if parts is None:
            return self._stars(value)
        return parts.sub(lambda found: self._mask(found, *found.span(1)), value)

    def _remember_password(self, coded: bytes) -> None:
        with suppress(binascii.Error):
            self._remember(base64.b64decode(coded).partition(b":")[2])

    def text(self, data: bytes) -> bytes:
        """Mask the secrets of a text: of a URL, a form, JSON, or any other."""
        data = self._fields(data)
        data = _FIELD_IN_STRING.sub(self._field_in_string, data)
        data = self._form_parts(data)
        data = _PARAMETER.sub(self._parameter, data)
        data = _PAIR.sub(self._pair, data)
        return SECRET_VALUE.sub(lambda found: self._mask(found, *secret_span(found)), data)

    def _form_parts(self, data: bytes) -> bytes:
        """Mask the secret parts of a multipart form; no byte is looked at twice."""
        pieces: list[bytes] = []
        done = 0
        while (name := _PART_NAME.search(data, done)) and (
            head := _HEAD_END.search(data, name.end())
        ):
            found = _PART_END.search(data, head.end())
            end = found.start() if found else len(data)
            secret = data[head.end() : end]
            hides = self._masks.hides_parameter(_text(name[1]))
            pieces += data[done : head.end()], self._stars(secret) if hides else secret
            done = end
        return b"".join([*pieces, data[done:]])

    def _parameter(self, found: re.Match[bytes]) -> bytes:
        """Mask a value of a query or a form."""
        if not self._masks.hides_parameter(unquote_plus(_text(found[1]))):
            return found[0]
        self._remember(unquote_to_bytes(found[2].replace(b"+", b" ")))
        return self._mask(found, *found.span(2))

    def _pair(self, found: re.Match[bytes]) -> bytes:
        """Mask `name=value` in any text."""
        hides = self._masks.hides_field(unquote_plus(_text(found[1])))
        return self._mask(found, *found.span(2)) if hides else found[0]

    def _field_in_string(self, found: re.Match[bytes]) -> bytes:
        """Mask a field of JSON inside a JSON string, where quotes have backslashes."""
        if not self._masks.hides_field(_text(found[1])):
            return found[0]
        return self._mask(found, *found.span(2 if found[2] is not None else 3))

    def _fields(self, data: bytes) -> bytes:
        """Mask every string and number in the values of secret fields."""
        pieces: list[bytes] = []
        done = 0
        for field in _FIELD.finditer(data):
            if field.start() >= done and self._masks.hides_field(_text(field[1])):
                pieces.append(data[done : field.end()])
                done = _value_end(data, field.end())
                pieces.append(_TOKEN.sub(self._value, data[field.end() : done]))
        return b"".join([*pieces, data[done:]])

    def _value(self, found: re.Match[bytes]) -> bytes:
        token = found[0]
        if not token.startswith(b'"'):
            return re.sub(rb"\d", b"0", token)
        secret = token[1:].removesuffix(b'"')
        return b'"' + self._stars(secret) + token[1 + len(secret) :]

    def _mask(self, found: re.Match[bytes], start: int, stop: int) -> bytes:
        """Return a match with stars in place of a part."""
        start, stop = start - found.start(), stop - found.start()
        return found[0][:start] + self._stars(found[0][start:stop]) + found[0][stop:]

    def _stars(self, secret: bytes) -> bytes:
        self._remember(secret)
        return b"*" * len(secret)

    def _remember(self, secret: bytes) -> None:
        if len(secret) >= SHORTEST_ECHO_BYTES and secret.strip(b"*"):
            self._secrets.add(secret)

    def echoes(self, data: bytes) -> bytes:
        """Mask the remembered values."""
        if self._echo is None:
            secrets = sorted(self._secrets, key=len, reverse=True)
            self._echo = re.compile(b"|".join(map(re.escape, secrets)) or b"(?!)")
        return self._echo.sub(lambda found: b"*" * len(found[0]), data)

    def echoes_in(self, _: str, value: str) -> str:
        """Mask the remembered values in the value of a header."""
        data = value.encode("utf-8", "surrogateescape")
        return self.echoes(data).decode("utf-8", "surrogateescape")


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")


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
