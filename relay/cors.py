"""The headers for pages of other origins; pages of allowed origins can send cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

METHODS: Final = "GET, POST"
REQUEST_HEADERS: Final = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID"
RESPONSE_HEADERS: Final = "Retry-After, X-Request-ID"
PREFLIGHT_SECONDS: Final = 600

_ASKS_HEADERS: Final = "Access-Control-Request-Headers"
_ASKS_NETWORK: Final = "Access-Control-Request-Private-Network"


def cors_headers(origin: str | None, allowed: Container[str]) -> dict[str, str]:
    """Return the headers of a response; for an origin that is not allowed, only `Vary`."""
    headers = {"Vary": "Origin"}
    if origin is not None and origin in allowed:
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Allow-Credentials"] = "true"
        headers["Access-Control-Expose-Headers"] = RESPONSE_HEADERS
    return headers


def preflight_headers(asked: Mapping[str, str], allowed: Container[str]) -> dict[str, str]:
    """Return the headers of the answer to a preflight; they are the same for every endpoint.

    Pages of allowed origins may send any header: traces, IDs and keys differ from page to page.
    """
    headers = {
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": REQUEST_HEADERS,
        "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
    }
    if asked.get("Origin") not in allowed:
        return headers
    if wanted := asked.get(_ASKS_HEADERS):
        headers["Access-Control-Allow-Headers"] = wanted
    if asked.get(_ASKS_NETWORK) == "true":
        headers["Access-Control-Allow-Private-Network"] = "true"
    return headers
