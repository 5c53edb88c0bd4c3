"""Which values of settings cannot work, each with what was wanted and what was found."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from streamproof.contracts.origins import is_origin
from streamproof.contracts.text import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamproof.relay.settings import Settings

MIN_SECRET_BYTES: Final = 32
"""RFC 7518, section 3.2: a key for HS256 is at least as long as the hash."""
TEXTS: Final = {"log_format": ("text", "json"), "database_synchronous": ("normal", "full")}
"""The values of the settings that have only a few."""
MOST_SECONDS: Final = 1_000_000
"""Eleven days: SQLite counts the milliseconds of a wait in 32 bits."""
MOST_RETAIN_SECONDS: Final = 1_000_000_000
"""Thirty years: this long before today there must be a date."""
LEAST_LEASE_SECONDS: Final = 1
"""With a shorter lease, a short pause of a relay that lives would end its turns."""

_MAY_BE_ZERO: Final = frozenset(
    {
        "backoff_seconds",
        "backoff_max_seconds",
        "connection_seconds",
        "drain_seconds",
        "retain_seconds",
        "token_grace_seconds",
    }
)


def problems_of(settings: Settings) -> Iterator[str]:
    """Yield a text for each value that cannot work; it begins with the name of the setting."""
    yield from _bad_numbers(settings)
    if not _is_http(settings.ai_url):
        wanted = "http://host or https://host, without query, fragment or password"
        yield f"ai_url: wanted {wanted}, got {_quote_url(settings.ai_url)}"
    yield from _bad_keys(settings)
    if not settings.database:
        yield "database: wanted the path of a file, or a URL"
    if (
        not settings.jwt_cookie.isascii()
        or not settings.jwt_cookie.replace("-", "_").isidentifier()
    ):
        yield f"jwt_cookie: wanted letters, digits, - and _, got {settings.jwt_cookie!r}"
    for name, values in TEXTS.items():
        if (value := getattr(settings, name)) not in values:
            yield f"{name}: wanted {' or '.join(values)}, got {short(value)}"
    token = settings.ai_token or ""
    if not (token.isascii() and token.isprintable()):
        yield "ai_token: wanted printable ASCII"
    for origin in settings.allowed_origins:
        if not _is_origin(origin):
            yield f"allowed_origins: wanted only scheme://host[:port], got {short(origin)}"


def _bad_keys(settings: Settings) -> Iterator[str]:
    """Tokens are checked with one kind of key: a public key must never serve as a secret."""
    if settings.jwt_jwks_file and settings.jwt_secret:
        yield "jwt_jwks_file: wanted only one of jwt_jwks_file and jwt_secret, got both"
    elif not settings.jwt_jwks_file:
        length = len((settings.jwt_secret or "").encode())
        if length < MIN_SECRET_BYTES:
            yield f"jwt_secret: wanted at least {MIN_SECRET_BYTES} bytes, got {length}"


def _bad_numbers(settings: Settings) -> Iterator[str]:
    for setting in fields(settings):
        value = getattr(settings, setting.name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if not math.isfinite(value) or value < 0:
            yield f"{setting.name}: wanted a number of at least 0, got {value}"
        elif value == 0 and setting.name not in _MAY_BE_ZERO:
            yield f"{setting.name}: wanted more than 0, got 0"
        elif setting.name.endswith("_seconds") and value > (most := _most_seconds(setting.name)):
            yield f"{setting.name}: wanted at most {most}, got {value:.10g}"
        elif setting.name == "lease_seconds" and value < LEAST_LEASE_SECONDS:
            yield f"{setting.name}: wanted at least {LEAST_LEASE_SECONDS}, got {value:.10g}"


def _most_seconds(name: str) -> int:
    return MOST_RETAIN_SECONDS if name == "retain_seconds" else MOST_SECONDS


def _is_http(text: str) -> bool:
    """Tell whether a text is an HTTP URL with only a host, a port and a path."""
    try:
        url = urlsplit(text)
        plain = not (url.query or url.fragment or url.username or url.password)
        return url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0 and plain
    except ValueError:  # the port is not a number, or a bracket is not closed
        return False


def _quote_url(url: str) -> str:
    """Quote a URL that was refused, unless it may contain a password."""
    return "a URL with @" if "@" in url else repr(url[:100])


def _is_origin(text: str) -> bool:
    """Tell whether a text is the origin of one server; the port of an HTTP one must be valid."""
    return is_origin(text) and (_is_http(text) or not text.startswith(("http:", "https:")))
