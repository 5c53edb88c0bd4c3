"""The headers for pages of other origins; pages of allowed origins can send cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Container

METHODS: Final = "GET, POST"
REQUEST_HEADERS: Final = "Authorization, Content-Type, Last-Event-ID"
RESPONSE_HEADERS: Final = "Retry-After"
PREFLIGHT_SECONDS: Final = 600


def cors_headers(origin: str | None, allowed: Container[str]) -> dict[str, str]:
    """Return the headers of a response; for an origin that is not allowed, only `Vary`."""
    headers = {"Vary": "Origin"}
    if origin is not None and origin in allowed:
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Allow-Credentials"] = "true"
        headers["Access-Control-Expose-Headers"] = RESPONSE_HEADERS
    return headers


def preflight_headers() -> dict[str, str]:
    """Return the headers of the answer to a preflight; they are the same for every endpoint."""
    return {
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": REQUEST_HEADERS,
        "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
    }
