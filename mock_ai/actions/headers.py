"""Response headers: the defaults, and how a scenario replaces them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from streamproof.mock_ai.actions.head import Headers

HeaderValue: TypeAlias = str | int | Sequence[str] | None

_NOT_BUFFERED: Final = MappingProxyType(
    {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
)
JSON_HEADERS: Final = MappingProxyType({"Content-Type": "application/json"})


def stream_headers(charset: str | None, media_type: str) -> Mapping[str, str]:
    """Return the default headers of a stream.

    Text has a charset parameter, unless `charset` is null.
    """
    has_charset = charset is not None and media_type.startswith("text/")
    content_type = f"{media_type}; charset={charset}" if has_charset else media_type
    return {"Content-Type": content_type, **_NOT_BUFFERED}


def header_lines(defaults: Mapping[str, str], given: Mapping[str, HeaderValue]) -> Headers:
    """Return the headers to send: a given header replaces the default, null removes it."""
    replaced = {name.lower() for name in given}
    kept = tuple((name, value) for name, value in defaults.items() if name.lower() not in replaced)
    return kept + tuple((name, value) for name in given for value in _values(given[name]))


def _values(value: HeaderValue) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str | int):
        return (str(value),)
    return tuple(value)


def with_length(headers: Headers, size: int) -> Headers:
    """Return the headers with a `Content-Length` of `size` bytes."""
    kept = tuple(header for header in headers if header[0].lower() != "content-length")
    return (*kept, ("Content-Length", str(size)))


def reason_phrase(status: int) -> str:
    """Return the standard reason phrase of a status, or an empty text for an unknown status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
